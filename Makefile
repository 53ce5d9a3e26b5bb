# Deputy.  `make` builds, `make check` tests; `make MODE=asan check` tests harder; `make help`.

MODE   ?= release
BUILD  ?= build/$(MODE)
CC     ?= cc

PACKAGES := libcrypto libcurl libmicrohttpd sqlite3 expat

WARN   := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes \
          -Wpointer-arith -Wcast-qual -Wwrite-strings -Wundef -Wvla -Werror
BASE   := -std=c17 -D_POSIX_C_SOURCE=200809L -g $(WARN)
CFLAGS := $(BASE) -MMD -MP -Isrc -I$(BUILD) $(shell pkg-config --cflags $(PACKAGES))
LDLIBS := $(shell pkg-config --libs $(PACKAGES))

CFLAGS.release := -O2 -fstack-protector-strong -D_FORTIFY_SOURCE=2
CFLAGS.asan    := -O1 -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
CFLAGS.fuzz    := -O1 -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
CFLAGS.cov     := -O0 --coverage
CFLAGS += $(CFLAGS.$(MODE))

SRC    := $(sort $(wildcard src/*/*.c))
OBJ    := $(SRC:src/%.c=$(BUILD)/%.o)
LIB    := $(filter-out $(BUILD)/cli/%, $(OBJ))
CLI    := $(filter $(BUILD)/cli/%, $(OBJ))
PURE   := $(filter-out $(BUILD)/base/crypto.o $(BUILD)/base/os.o, \
          $(filter $(BUILD)/base/% $(BUILD)/policy/% $(BUILD)/engine/%, $(OBJ)))
TABLES := $(patsubst data/%.tsv,$(BUILD)/gen/%.inc,$(wildcard data/*.tsv)) \
          $(patsubst data/%.json,$(BUILD)/gen/%.json.inc,$(wildcard data/*.json))
TESTS  := $(patsubst tests/%.c,$(BUILD)/tests/%,$(sort $(wildcard tests/*.c)))
SHELLS := $(sort $(wildcard tests/cli/*.t))
FUZZ   := $(patsubst tests/fuzz/%.c,build/fuzz/fuzz/%,$(sort $(wildcard tests/fuzz/*.c)))

# make V=1 shows the commands.
$(V).SILENT:

all: $(BUILD)/deputy

$(BUILD)/deputy: $(CLI) $(BUILD)/libdeputy.a
	echo "  LD    $@"; $(CC) $(CFLAGS) -o $@ $^ $(LDLIBS)

$(BUILD)/libdeputy.a: $(LIB)
	echo "  AR    $@"; rm -f $@; $(AR) rcs $@ $^

$(BUILD)/%.o: src/%.c | $(TABLES)
	echo "  CC    $<"; mkdir -p $(@D); $(CC) $(CFLAGS) -c -o $@ $<

$(BUILD)/gen/%.inc: data/%.tsv $(BUILD)/gen/gen
	echo "  GEN   $@"; $(BUILD)/gen/gen $< > $@.tmp && mv $@.tmp $@

$(BUILD)/gen/%.json.inc: data/%.json $(BUILD)/gen/gen
	echo "  GEN   $@"; $(BUILD)/gen/gen $< > $@.tmp && mv $@.tmp $@

$(BUILD)/gen/gen: tools/gen.c
	echo "  CC    $<"; mkdir -p $(@D); $(CC) $(BASE) -O1 -o $@ $<

$(BUILD)/tests/%: tests/%.c $(BUILD)/libdeputy.a
	echo "  LD    $@"; mkdir -p $(@D); $(CC) $(CFLAGS) -Itests -o $@ $< $(BUILD)/libdeputy.a \
		$(LDLIBS) -ljansson

## check: build and run every test of this MODE; the last line counts them
check: $(BUILD)/deputy $(TESTS)
	tools/layers.sh
	$(if $(filter release,$(MODE)),tools/pure.sh $(PURE))
	tools/rules.sh
	tools/test.sh $(BUILD) $(TESTS) $(SHELLS)

## fuzz: every fuzz target for SECONDS (10) each
fuzz: SECONDS ?= 10
fuzz:
	$(MAKE) CC=clang MODE=fuzz fuzz-targets
	for target in $(FUZZ); do tools/fuzz.sh $$target $(SECONDS) || exit 1; done

fuzz-targets: $(FUZZ)

build/fuzz/fuzz/%: tests/fuzz/%.c build/fuzz/libdeputy.a
	echo "  LD    $@"; mkdir -p $(@D); clang $(filter-out -fsanitize=%,$(CFLAGS)) \
		-fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all \
		-o $@ $< build/fuzz/libdeputy.a $(LDLIBS)

## bench: measure the engine beside its peers; the table is also build/bench.json
bench: $(patsubst %,$(BUILD)/bench/%,trace decide scale cedar)
	bench/bench.sh $(BUILD)

$(BUILD)/bench/%: bench/%.c bench/bench.c bench/bench.h $(PURE) $(BUILD)/base/os.o
	echo "  LD    $@"; mkdir -p $(@D); $(CC) $(CFLAGS) -Ibench -o $@ $< bench/bench.c \
		$(PURE) $(BUILD)/base/os.o

## format: rewrite the sources as .clang-format says
format:
	clang-format -i $$(find src tools tests -name '*.[ch]')

## clean: remove build/
clean:
	rm -rf build

help:
	echo "make [MODE=release|asan|fuzz|cov] [V=1] [target]"; sed -n 's/^## /  /p' Makefile

.PHONY: all bench check fuzz fuzz-targets format clean help
.SECONDARY: $(TABLES)
-include $(OBJ:.o=.d) $(wildcard $(BUILD)/tests/*.d)
