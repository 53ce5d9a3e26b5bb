# Deputy.  `make` builds, `make check` tests; `make MODE=asan check` tests harder; `make help`.

MODE   ?= release
BUILD  ?= build/$(MODE)
CC     ?= cc

PACKAGES := libcrypto libcurl libmicrohttpd sqlite3 expat

WARN   := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes \
          -Wpointer-arith -Wcast-qual -Wwrite-strings -Wundef -Wvla -Werror
BASE   := -std=c17 -D_POSIX_C_SOURCE=200809L -g $(WARN)
CFLAGS := $(BASE) -fPIC -fvisibility=hidden -MMD -MP -Iinclude -Isrc -I$(BUILD) \
          $(shell pkg-config --cflags $(PACKAGES))
LDLIBS := $(shell pkg-config --libs $(PACKAGES))

CFLAGS.release := -O2 -fstack-protector-strong -D_FORTIFY_SOURCE=2
CFLAGS.asan    := -O1 -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
CFLAGS.fuzz    := -O1 -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
CFLAGS.cov     := -O0 --coverage
CFLAGS.tsan    := -O1 -fsanitize=thread -fno-omit-frame-pointer
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

all: $(BUILD)/deputy library

# Everything, for the program and its tests; what is installed is in $(BUILD)/lib.
$(BUILD)/deputy: $(CLI) $(BUILD)/deputy.a
	echo "  LD    $@"; $(CC) $(CFLAGS) -o $@ $^ $(LDLIBS)

$(BUILD)/deputy.a: $(LIB)
	echo "  AR    $@"; rm -f $@; $(AR) rcs $@ $^

$(BUILD)/%.o: src/%.c | $(TABLES)
	echo "  CC    $<"; mkdir -p $(@D); $(CC) $(CFLAGS) -c -o $@ $<

$(BUILD)/gen/%.inc: data/%.tsv $(BUILD)/gen/gen
	echo "  GEN   $@"; $(BUILD)/gen/gen $< > $@.tmp && mv $@.tmp $@

$(BUILD)/gen/%.json.inc: data/%.json $(BUILD)/gen/gen
	echo "  GEN   $@"; $(BUILD)/gen/gen $< > $@.tmp && mv $@.tmp $@

$(BUILD)/gen/gen: tools/gen.c
	echo "  CC    $<"; mkdir -p $(@D); $(CC) $(BASE) -O1 -o $@ $<

$(BUILD)/tests/%: tests/%.c $(BUILD)/deputy.a
	echo "  LD    $@"; mkdir -p $(@D); $(CC) $(CFLAGS) -Itests -o $@ $< $(BUILD)/deputy.a \
		$(LDLIBS) -ljansson

# ---- the library: two objects in which only deputy_* can be seen, so that a program can link it
# beside anything, and needs libcrypto only if it signs. The .so shows the same (libdeputy.map).

VERSION := $(shell sed -n 's/^.define DEPUTY_VERSION "\(.*\)"/\1/p' include/deputy.h)
SONAME  := libdeputy.so.$(firstword $(subst ., ,$(VERSION)))
LIBOUT  := $(BUILD)/lib
CORE.o  := $(PURE) $(addprefix $(BUILD)/api/,error.o policy.o lint.o request.o decide.o)
SIGN.o  := $(filter $(BUILD)/base/%,$(PURE)) $(BUILD)/base/crypto.o $(BUILD)/api/error.o \
           $(BUILD)/api/sign.o $(addprefix $(BUILD)/wire/,http.o sigv4.o claim.o uri.o)

## library: libdeputy.a and libdeputy.so in build/MODE/lib
library: $(LIBOUT)/libdeputy.a $(LIBOUT)/$(SONAME)

$(LIBOUT)/core.o: $(CORE.o)
$(LIBOUT)/sign.o: $(SIGN.o)
$(LIBOUT)/core.o $(LIBOUT)/sign.o:
	echo "  LD    $@"; mkdir -p $(@D); $(LD) -r -o $@.all $^
	objcopy --wildcard --keep-global-symbol='deputy_*' $@.all $@; rm $@.all

$(LIBOUT)/libdeputy.a: $(LIBOUT)/core.o $(LIBOUT)/sign.o
	echo "  AR    $@"; rm -f $@; $(AR) rcs $@ $^

$(LIBOUT)/$(SONAME): $(CORE.o) $(SIGN.o) libdeputy.map
	echo "  LD    $@"; mkdir -p $(@D); $(CC) $(CFLAGS) -shared -Wl,-soname,$(SONAME) \
		-Wl,--version-script=libdeputy.map -Wl,-z,relro,-z,now -Wl,--as-needed \
		$(if $(filter release cov,$(MODE)),-Wl$(comma)-z$(comma)defs) \
		-o $@ $(sort $(CORE.o) $(SIGN.o)) $(shell pkg-config --libs libcrypto)

comma := ,
PREFIX ?= /usr/local
LIBDIR ?= $(PREFIX)/lib
MANDIR ?= $(PREFIX)/share/man

## install: the program, the library, deputy.h, deputy.pc and the manual, into DESTDIR/PREFIX
install: $(BUILD)/deputy install-library
	install -D -m 755 $(BUILD)/deputy $(DESTDIR)$(PREFIX)/bin/deputy
	for page in $(wildcard docs/*.[1-8]); do install -D -m 644 $$page \
		$(DESTDIR)$(MANDIR)/man$${page##*.}/$${page##*/} || exit 1; done

install-library: library
	install -D -m 644 include/deputy.h $(DESTDIR)$(PREFIX)/include/deputy.h
	install -D -m 644 $(LIBOUT)/libdeputy.a $(DESTDIR)$(LIBDIR)/libdeputy.a
	install -D -m 755 $(LIBOUT)/$(SONAME) $(DESTDIR)$(LIBDIR)/libdeputy.so.$(VERSION)
	ln -sf libdeputy.so.$(VERSION) $(DESTDIR)$(LIBDIR)/$(SONAME)
	ln -sf $(SONAME) $(DESTDIR)$(LIBDIR)/libdeputy.so
	install -d $(DESTDIR)$(LIBDIR)/pkgconfig
	sed 's,@PREFIX@,$(PREFIX),; s,@LIBDIR@,$(LIBDIR),; s,@VERSION@,$(VERSION),' deputy.pc.in \
		> $(DESTDIR)$(LIBDIR)/pkgconfig/deputy.pc

# What the library's tests use is what is installed, and for tap.h the text functions of base.
$(BUILD)/tests/library: WRAP := -Wl,--wrap=calloc,--wrap=free
$(addprefix $(BUILD)/tests/,library library_lint library_sign threads): $(BUILD)/tests/%: tests/%.c \
		$(LIBOUT)/libdeputy.a $(BUILD)/base/text.o $(BUILD)/base/arena.o
	echo "  LD    $@"; mkdir -p $(@D); $(CC) $(CFLAGS) -Itests $(WRAP) -o $@ $(filter %.c %.o %.a,$^) \
		$(shell pkg-config --libs libcrypto) -lpthread

## tsan: threads that share programs or a stock of keys, under ThreadSanitizer
tsan: TSAN := build/tsan/tests/threads build/tsan/tests/rsa_stock
tsan:
	$(MAKE) MODE=tsan BUILD=build/tsan $(TSAN)
	tools/test.sh build/tsan $(TSAN)

# counts what takes memory
$(BUILD)/tests/alloc: LDLIBS += -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=free

## check: build and run every test of this MODE; the last line counts them
check: $(BUILD)/deputy library $(TESTS)
	tools/layers.sh
	$(if $(filter release,$(MODE)),tools/pure.sh $(PURE))
	tools/rules.sh
	MODE=$(MODE) CC='$(CC)' tools/test.sh $(BUILD) $(TESTS) $(SHELLS)

## valgrind: the test programs under valgrind, which no sanitizer replaces
# Not those that start themselves as servers: Debian's valgrind has no /proc/self/exe to start. What
# a server does is seen by way of the scripts.
valgrind: $(BUILD)/deputy $(TESTS)
	RUN="valgrind -q --error-exitcode=9" DEPUTY_ROUNDS=300 tools/test.sh $(BUILD) \
		$(filter-out %/threads %/net_load %/reliability,$(TESTS)) \
		$(addprefix tests/cli/,account.t boto3.t js-sdk.t serve.t)

## fuzz: every fuzz target for SECONDS (10) each
fuzz: SECONDS ?= 10
fuzz:
	$(MAKE) CC=clang MODE=fuzz fuzz-targets
	for target in $(FUZZ); do tools/fuzz.sh $$target $(SECONDS) || exit 1; done

fuzz-targets: $(FUZZ)

build/fuzz/fuzz/%: tests/fuzz/%.c build/fuzz/deputy.a
	echo "  LD    $@"; mkdir -p $(@D); clang $(filter-out -fsanitize=%,$(CFLAGS)) \
		-fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all \
		-o $@ $< build/fuzz/deputy.a $(LDLIBS)

## bench: the engine beside its peers, the account beside the bare HTTP library; build/bench.json
bench: $(patsubst %,$(BUILD)/bench/%,trace decide scale cedar account)
	bench/bench.sh $(BUILD)

$(BUILD)/bench/%: bench/%.c bench/bench.c bench/bench.h $(PURE) $(BUILD)/base/os.o
	echo "  LD    $@"; mkdir -p $(@D); $(CC) $(CFLAGS) -Ibench -o $@ $< bench/bench.c \
		$(PURE) $(BUILD)/base/os.o

## bench-account: measure the account server beside the bare HTTP library
bench-account: $(BUILD)/bench/account
	$(BUILD)/bench/account

$(BUILD)/bench/account: bench/account.c bench/load.c bench/fixed.c bench/load.h bench/fixed.h \
		$(BUILD)/deputy.a
	echo "  LD    $@"; mkdir -p $(@D); $(CC) $(CFLAGS) -Ibench -o $@ $(filter %.c,$^) \
		$(BUILD)/deputy.a $(LDLIBS)

## format: rewrite the sources as .clang-format says
format:
	clang-format -i $$(find include src tools tests bench examples -name '*.[ch]' -o -name '*.cpp')

## clean: remove build/
clean:
	rm -rf build

help:
	echo "make [MODE=release|asan|tsan|fuzz|cov] [V=1] [target]"; sed -n 's/^## /  /p' Makefile

.PHONY: all library install install-library tsan check valgrind fuzz fuzz-targets format clean help bench bench-account
.SECONDARY: $(TABLES)
-include $(OBJ:.o=.d) $(wildcard $(BUILD)/tests/*.d)
