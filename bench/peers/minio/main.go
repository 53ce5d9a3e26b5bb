// How long MinIO's policy engine takes for the trace.
//
//	bench-minio POLICY TRACE VERDICTS
//
// MinIO's parser refuses what is not S3, so the statements are built with the package's own
// constructors, which take any action, resource and condition key. The resource of a request is
// cut at its first slash into MinIO's bucket and object. It has identity policies only, no
// principals of AWS's kind, and compares no ARN segment by segment; the trace needs none of that.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"runtime/debug"
	"sort"
	"strings"
	"time"

	"github.com/minio/pkg/v3/policy"
	"github.com/minio/pkg/v3/policy/condition"
)

const passes = 9

// A string or an array of strings.
type words []string

func (w *words) UnmarshalJSON(data []byte) error {
	var one string
	if json.Unmarshal(data, &one) == nil {
		*w = words{one}
		return nil
	}
	return json.Unmarshal(data, (*[]string)(w))
}

type document struct {
	Statement []struct {
		Sid       string
		Action    words
		Resource  words
		Condition map[string]map[string]words
	}
}

type line struct {
	Action, Resource string
	Context          map[string]words
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench-minio:", err)
		os.Exit(1)
	}
}

func conditions(of map[string]map[string]words) condition.Functions {
	var all condition.Functions
	for operator, keys := range of {
		if operator != "StringEquals" {
			must(fmt.Errorf("the policy's operator %s is not translated", operator))
		}
		for key, values := range keys {
			one, err := condition.NewStringEqualsFunc("", condition.KeyName(key).ToKey(), values...)
			must(err)
			all = append(all, one)
		}
	}
	return condition.NewFunctions(all...)
}

func readPolicy(path string) policy.Policy {
	var doc document
	text, err := os.ReadFile(path)
	must(err)
	must(json.Unmarshal(text, &doc))
	result := policy.Policy{Version: policy.DefaultVersion}
	for _, s := range doc.Statement {
		actions := policy.NewActionSet()
		for _, action := range s.Action {
			actions.Add(policy.Action(action))
		}
		resources := policy.NewResourceSet()
		for _, resource := range s.Resource {
			resources.Add(policy.NewResource(resource))
		}
		result.Statements = append(result.Statements, policy.NewStatement(
			policy.ID(s.Sid), policy.Allow, actions, resources, conditions(s.Condition)))
	}
	return result
}

func readTrace(path string) (requests []policy.Args) {
	file, err := os.Open(path)
	must(err)
	defer file.Close()
	scanner := bufio.NewScanner(file)
	scanner.Buffer(nil, 1<<20)
	for scanner.Scan() {
		var l line
		must(json.Unmarshal(scanner.Bytes(), &l))
		bucket, object, _ := strings.Cut(l.Resource, "/")
		values := map[string][]string{}
		for key, value := range l.Context {
			values[condition.KeyName(key).ToKey().Name()] = value
		}
		requests = append(requests, policy.Args{
			AccountName: "zilliz", Action: policy.Action(l.Action),
			BucketName: bucket, ObjectName: object, ConditionValues: values})
	}
	must(scanner.Err())
	return requests
}

func writeVerdicts(path string, p policy.Policy, requests []policy.Args) {
	var out strings.Builder
	for _, request := range requests {
		if p.IsAllowed(request) {
			out.WriteString("allow\n")
		} else {
			out.WriteString("deny\n")
		}
	}
	must(os.WriteFile(path, []byte(out.String()), 0o644))
}

func median(values []float64) float64 {
	sort.Float64s(values)
	return values[len(values)/2]
}

// What an empty measurement takes.
func clockCost() float64 {
	var all []float64
	for i := 0; i < 10001; i++ {
		start := time.Now()
		all = append(all, float64(time.Since(start).Nanoseconds()))
	}
	return median(all)
}

func main() {
	if len(os.Args) != 4 {
		must(fmt.Errorf("usage: bench-minio POLICY TRACE VERDICTS"))
	}
	p, requests := readPolicy(os.Args[1]), readTrace(os.Args[2])
	writeVerdicts(os.Args[3], p, requests)
	each := make([][passes]float64, len(requests))
	cost := clockCost()
	for pass := 0; pass < passes; pass++ {
		for i := range requests {
			start := time.Now()
			p.IsAllowed(requests[i])
			each[i][pass] = float64(time.Since(start).Nanoseconds()) - cost
		}
	}
	all := make([]float64, len(requests))
	for i := range each {
		all[i] = median(each[i][:])
	}
	fmt.Printf("peer.minio.median_ns %.0f\n", median(all))
	fmt.Printf("peer.minio.p99_ns %.0f\n", all[len(all)*99/100])
	info, _ := debug.ReadBuildInfo()
	for _, module := range info.Deps {
		if module.Path == "github.com/minio/pkg/v3" {
			fmt.Printf("peer.minio.version %s\n", strings.TrimPrefix(module.Version, "v"))
		}
	}
}
