//! How long Cedar, native, takes for the trace.
//!
//!     bench-cedar POLICY TRACE VERDICTS
//!
//! Policies are parsed and requests made beforehand; what is timed is `is_authorized` alone. The
//! ARN is in the request's context, so that no entities need to be built or looked up.

use cedar_policy::{Authorizer, Context, Decision, Entities, EntityTypeName, EntityUid, Policy};
use cedar_policy::{EntityId, PolicySet, Request};
use std::hint::black_box;
use std::str::FromStr;
use std::time::Instant;

const PASSES: usize = 9;

fn uid(kind: &str, id: &serde_json::Value) -> EntityUid {
    let kind = EntityTypeName::from_str(kind).expect("a type");
    EntityUid::from_type_name_and_id(kind, EntityId::new(id.as_str().expect("a string")))
}

fn request(line: &str) -> Request {
    let mut line: serde_json::Value = serde_json::from_str(line).expect("a line of JSON");
    line["context"]["resource"] = line["resource"].clone();
    let context = Context::from_json_value(line["context"].take(), None).expect("a context");
    Request::new(
        uid("Principal", &line["principal"]),
        uid("Action", &line["action"]),
        uid("Resource", &line["resource"]),
        context,
        None,
    )
    .expect("a request")
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// What an empty measurement takes.
fn clock_cost() -> f64 {
    let mut all: Vec<f64> = (0..10_001)
        .map(|_| Instant::now().elapsed().as_nanos() as f64)
        .collect();
    median(&mut all)
}

fn policies(path: &str) -> PolicySet {
    let text = std::fs::read_to_string(path).expect("the policy");
    let set = PolicySet::from_str(&text).expect("policies");
    let count: Vec<&Policy> = set.policies().collect();
    assert!(!count.is_empty());
    set
}

fn main() {
    let args: Vec<String> = std::env::args().collect();
    assert!(args.len() == 4, "usage: bench-cedar POLICY TRACE VERDICTS");
    let set = policies(&args[1]);
    let text = std::fs::read_to_string(&args[2]).expect("the trace");
    let requests: Vec<Request> = text.lines().map(request).collect();
    let (authorizer, entities) = (Authorizer::new(), Entities::empty());
    let verdicts: String = requests
        .iter()
        .map(|r| match authorizer.is_authorized(r, &set, &entities).decision() {
            Decision::Allow => "allow\n",
            Decision::Deny => "deny\n",
        })
        .collect();
    std::fs::write(&args[3], verdicts).expect("the verdicts");

    let cost = clock_cost();
    let mut each = vec![[0f64; PASSES]; requests.len()];
    for pass in 0..PASSES {
        for (i, request) in requests.iter().enumerate() {
            let start = Instant::now();
            black_box(authorizer.is_authorized(black_box(request), &set, &entities));
            each[i][pass] = start.elapsed().as_nanos() as f64 - cost;
        }
    }
    let mut all: Vec<f64> = each.iter_mut().map(|e| median(e)).collect();
    println!("peer.cedar.median_ns {:.0}", median(&mut all));
    println!("peer.cedar.p99_ns {:.0}", all[all.len() * 99 / 100]);
    println!("peer.cedar.version {}", cedar_policy::get_sdk_version());
}
