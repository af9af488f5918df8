# ormspec and liborm: the one entry. `make help` lists the targets.
#
# Variants live in directories of their own: build/ (release), build/sanitize, build/coverage. BUILD=DIR stands for build/.

MAKEFLAGS += --no-builtin-rules --no-print-directory
.SUFFIXES:
.DELETE_ON_ERROR:
SHELL := /bin/bash

VARIANT ?= release
BUILD ?= build
out.release := $(BUILD)
out.sanitize := $(BUILD)/sanitize
out.coverage := $(BUILD)/coverage
out.fuzz := $(BUILD)/fuzz
out := $(out.$(VARIANT))
ifeq ($(out),)
$(error unknown VARIANT '$(VARIANT)': release, sanitize, coverage or fuzz)
endif

PREFIX ?= /usr/local
DESTDIR ?=
VERSION := 0.1.0

ifeq ($(origin CC),default)
CC := gcc
endif
WARNINGS := -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wwrite-strings \
            -Wformat=2 $(if $(filter yes,$(WERROR)),-Werror)
optimise.release := -O2 -g
optimise.sanitize := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=undefined
# libFuzzer is a part of clang: `make fuzz` sets CC.
optimise.fuzz := -O1 -g -fno-omit-frame-pointer -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined
optimise.coverage := -O0 -g --coverage -fprofile-update=atomic
CFLAGS ?=
compile = $(CC) -std=gnu11 $(optimise.$(VARIANT)) $(WARNINGS) -fPIC -pthread $(CFLAGS)
link = $(CC) $(optimise.$(VARIANT)) -pthread $(CFLAGS) $(LDFLAGS)

# Asked for when first used, not before: ci/setup may have to install pkg-config.
once = $(eval $(1) := $$(shell $(2)))$($(1))
packages.reference := sqlite3 libpq jansson libcrypto
packages.conformance := libfyaml jansson sqlite3 libpq libcrypto libcmark-gfm
cflags.reference = $(call once,cflags.reference,pkg-config --cflags $(packages.reference))
cflags.conformance = $(call once,cflags.conformance,pkg-config --cflags $(packages.conformance))
libs.reference = $(call once,libs.reference,pkg-config --libs $(packages.reference))
# The extensions of cmark-gfm (tables) have no file for pkg-config.
libs.conformance = -lcmark-gfm-extensions $(call once,libs.conformance,pkg-config --libs $(packages.conformance))
include.reference := -Ireference/include -Ireference/src
include.conformance := -Iconformance/src
# What a user of liborm has: the header and JSON.
include.user := -Ireference/include

# --- what is built ---------------------------------------------------------------------------------------------------

objects = $(patsubst %.c,$(out)/obj/%.o,$(1))
names = $(basename $(notdir $(1)))

sources.liborm := $(wildcard reference/src/*/*.c)
# The same testee twice: with models of `define`, and with structs that are generated from fixtures/schemas.
sources.testee.dynamic := reference/testee/define.c reference/testee/define_links.c reference/testee/links.c reference/testee/members.c
sources.testee.static := reference/testee/typed.c reference/testee/typed_links.c
sources.testee.shared := $(filter-out $(sources.testee.dynamic) $(sources.testee.static),$(wildcard reference/testee/*.c))
sources.testee := $(sources.testee.shared) $(sources.testee.dynamic)
schemas := $(filter-out wrong_%,$(basename $(notdir $(wildcard fixtures/schemas/*.yaml))))
sources.cli := $(wildcard reference/cli/*.c)
sources.examples := $(wildcard reference/examples/*.c)
sources.runner := $(wildcard conformance/src/*/*.c)
sources.main := $(wildcard conformance/src/*.c)
tests.reference := $(wildcard reference/tests/*.c)
tests.conformance := $(wildcard conformance/tests/*.c)
# Shared by the test binaries of one side; a binary takes from the archive what it names.
support.reference := $(wildcard reference/tests/support/*.c)
support.conformance := $(wildcard conformance/tests/support/*.c)

LIBORM := $(out)/liborm.a
LIBORM_SO := $(out)/liborm.so
ORM := $(out)/orm
TESTEE := $(out)/orm-testee
TESTEE_STATIC := $(out)/orm-testee-static
typed := $(out)/typed
typed.objects := $(patsubst %,$(typed)/%.o,$(schemas) all-schemas)
LIBORMSPEC := $(out)/libormspec.a
RUNNER := $(out)/ormspec
EXAMPLES := $(addprefix $(out)/examples/,$(call names,$(sources.examples)))
# Short programs as a user writes them, with what they share.
programs.shared := reference/tests/programs/shop.c
sources.programs := $(filter-out $(programs.shared),$(wildcard reference/tests/programs/*.c))
PROGRAMS := $(addprefix $(out)/programs/,$(call names,$(sources.programs)))
sources.bench := $(wildcard reference/bench/*.c)
BENCH := $(out)/bench/bench
TESTS := $(addprefix $(out)/tests/reference-,$(call names,$(tests.reference))) \
         $(addprefix $(out)/tests/conformance-,$(call names,$(tests.conformance)))

# The runner's tests and the reference's adapter look for this build, wherever it is.
export ORMSPEC := $(abspath $(RUNNER))
export ORM_COMMAND := $(abspath $(ORM))
export ORM_TESTEE := $(abspath $(TESTEE))
export ORM_TESTEE_STATIC := $(abspath $(TESTEE_STATIC))
ifneq ($(abspath $(BUILD)),$(abspath build))
export ORMSPEC_ROOT := $(CURDIR)
endif

# The same tests for valgrind: see ci/forked.c.
FORKED := $(patsubst $(out)/tests/%,$(out)/tests/forked/%,$(TESTS))

all: $(LIBORM) $(LIBORM_SO) $(ORM) $(TESTEE) $(TESTEE_STATIC) $(RUNNER) $(EXAMPLES) ## build the library, the runner, the testee, the examples (default)
tests: $(TESTS) $(PROGRAMS) $(BENCH) ## build the unit tests
forked: $(FORKED)

# --- how -------------------------------------------------------------------------------------------------------------

# Other flags or another compiler rebuild everything; the same ones nothing.
flags := $(out)/flags
$(flags): always
	@mkdir -p $(@D)
	@echo '$(compile)' | cmp -s - $@ || echo '$(compile)' > $@

$(out)/obj/reference/%.o: flags.room = $(include.reference) $(cflags.reference)
$(out)/obj/reference/cli/%.o $(out)/obj/reference/bench/%.o $(out)/obj/reference/testee/%.o $(out)/obj/reference/examples/%.o $(out)/obj/reference/tests/programs/%.o: flags.room = $(include.user) $(cflags.reference)
$(out)/obj/reference/tests/%.o: flags.room = $(include.reference) -Ireference/tests $(cflags.reference)
$(out)/obj/conformance/%.o: flags.room = $(include.conformance) $(cflags.conformance)
$(out)/obj/conformance/tests/%.o: flags.room = $(include.conformance) -Iconformance/tests $(cflags.conformance)
$(out)/obj/%.o: %.c $(flags)
	@mkdir -p $(@D)
	@echo '  CC     $<'
	@$(compile) $(flags.room) -MMD -MP -c -o $@ $<

# Templates, styles and scripts are taken into the program.
$(out)/obj/conformance/src/report/assets.o: $(wildcard conformance/src/report/html/*)
# Adapters to begin with are taken into the program.
$(out)/obj/conformance/src/run/templates.o: $(wildcard conformance/src/run/templates/*)

define archive
	@echo '  AR     $@'
	@rm -f $@
	@ar rcs $@ $(filter %.o,$^)
endef
define program
	@mkdir -p $(@D)
	@echo '  LINK   $@'
	@$(link) -o $@ $(filter %.o,$^) $(filter %.a,$^)
endef

# The list of members is a prerequisite too: a source that went away must leave the archive.
$(out)/%.members: always
	@mkdir -p $(@D)
	@echo '$(members)' | cmp -s - $@ || echo '$(members)' > $@
$(out)/liborm.members: members = $(sources.liborm)
$(out)/libormspec.members: members = $(sources.runner)
$(out)/orm.members: members = $(sources.cli)
$(out)/orm-testee.members: members = $(sources.testee)
$(out)/orm-testee-static.members: members = $(sources.testee.shared) $(sources.testee.static) $(schemas)
$(out)/obj/reference-support.members: members = $(support.reference)
$(out)/obj/conformance-support.members: members = $(support.conformance)

$(LIBORM): $(call objects,$(sources.liborm)) $(out)/liborm.members
	$(archive)
$(LIBORMSPEC): $(call objects,$(sources.runner)) $(out)/libormspec.members
	$(archive)
# Only what orm.h declares leaves the shared library: orm_*, without the inner orm__*.
$(LIBORM_SO): $(call objects,$(sources.liborm)) $(out)/liborm.members
	@echo '  LINK   $@'
	@$(link) -shared -Wl,-soname,liborm.so.0 -Wl,--version-script=<(echo '{ global: orm_[!_]*; local: *; };') \
	    -o $@ $(filter %.o,$^) $(libs.reference)
# Models that are loaded find the library's functions here: all of it is in the command, and seen.
$(ORM): $(call objects,$(sources.cli)) $(LIBORM) $(out)/orm.members
	@mkdir -p $(@D)
	@echo '  LINK   $@'
	@$(link) -o $@ $(filter %.o,$^) -Wl,--whole-archive $(LIBORM) -Wl,--no-whole-archive \
	    -Wl,--dynamic-list=<(echo '{ orm_[!_]*; };') $(libs.reference) -ldl
$(TESTEE): $(call objects,$(sources.testee)) $(LIBORM) $(out)/orm-testee.members
	$(program) $(libs.reference)
$(TESTEE_STATIC): $(call objects,$(sources.testee.shared) $(sources.testee.static)) $(typed.objects) $(LIBORM) \
    $(out)/orm-testee-static.members
	$(program) $(libs.reference)
$(typed)/generate: $(out)/obj/reference/testee/static/generate.o
	$(program) $(libs.reference)
# What did not change keeps its time, so that one schema's change compiles one file.
keep_equal = if cmp -s $@.new $@; then rm $@.new; else mv $@.new $@; fi
$(typed)/schemas.json: $(RUNNER) $(wildcard fixtures/schemas/*.yaml)
	@mkdir -p $(@D)
	@$(RUNNER) schemas --json > $@.new && $(keep_equal)
$(typed)/%.c: $(typed)/generate $(typed)/schemas.json
	@$(typed)/generate $(if $(filter all-schemas,$*),--index,$*) < $(typed)/schemas.json > $@.new && $(keep_equal)
$(typed)/%.o: flags.room = $(include.user) -Ireference/testee $(cflags.reference)
$(typed)/%.o: $(typed)/%.c $(flags)
	@echo '  CC     $<'
	@$(compile) $(flags.room) -MMD -MP -c -o $@ $<
$(RUNNER): $(call objects,$(sources.main)) $(LIBORMSPEC)
	$(program) $(libs.conformance)
$(out)/examples/%: $(out)/obj/reference/examples/%.o $(LIBORM)
	$(program) $(libs.reference)
$(BENCH): $(call objects,$(sources.bench)) $(LIBORM)
	$(program) $(libs.reference)
$(out)/programs/%: $(out)/obj/reference/tests/programs/%.o $(call objects,$(programs.shared)) $(LIBORM)
	$(program) $(libs.reference)
$(out)/obj/reference-support.a: $(call objects,$(support.reference)) $(out)/obj/reference-support.members
	$(archive)
$(out)/obj/conformance-support.a: $(call objects,$(support.conformance)) $(out)/obj/conformance-support.members
	$(archive)
$(out)/tests/reference-%: $(out)/obj/reference/tests/%.o $(out)/obj/reference-support.a $(LIBORM)
	$(program) $(libs.reference) -lcriterion
$(out)/tests/conformance-%: $(out)/obj/conformance/tests/%.o $(out)/obj/conformance-support.a $(LIBORMSPEC)
	$(program) $(libs.conformance) -lcriterion
$(out)/tests/forked/reference-%: $(out)/obj/reference/tests/%.o $(out)/obj/ci/forked.o $(out)/obj/reference-support.a $(LIBORM)
	$(program) $(libs.reference) -lcriterion
$(out)/tests/forked/conformance-%: $(out)/obj/conformance/tests/%.o $(out)/obj/ci/forked.o $(out)/obj/conformance-support.a $(LIBORMSPEC)
	$(program) $(libs.conformance) -lcriterion
fuzzers := $(call names,$(wildcard reference/tests/fuzz/*.c))
$(out)/fuzz-%: $(out)/obj/reference/tests/fuzz/%.o $(out)/obj/reference-support.a $(LIBORM)
	$(program) -fsanitize=fuzzer $(libs.reference)
.SECONDARY:

-include $(patsubst %.o,%.d,$(typed.objects) $(call objects,$(sources.liborm) $(sources.cli) $(sources.testee) $(sources.testee.static) $(sources.examples) $(sources.bench) $(sources.programs) $(programs.shared) $(sources.runner) \
    $(sources.main) ci/forked.c $(tests.reference) $(tests.conformance) $(support.reference) $(support.conformance) \
    $(wildcard reference/tests/fuzz/*.c)))

# --- the jobs --------------------------------------------------------------------------------------------------------

# Set-up comes before compilation, so what needs it calls make again: with all cores, unless the caller said -j.
parallel = $(MAKE) $(if $(filter -j%,$(MAKEFLAGS)),,-j$(shell nproc))
setup = ci/setup
# More arguments for `ormspec run` in conformance: make conformance ARGS="--only 'read.*'"
ARGS ?=

conformance: ## the whole specification against liborm, on SQLite
	@$(setup) build
	@+$(parallel) all
	@$(RUNNER) run $(ARGS)

check: ## everything: lint, unit tests, both databases, the oracle, leaks, and the tests of the gates
	@+ci/steps -j $(shell nproc) 'set-up!: $(setup) check' 'build!: $(parallel) all tests forked' \
	    'leaks: ci/leaks $(out) $(FORKED)' \
	    'layering: ci/layering' \
	    'words: ci/words' \
	    'readme: ci/readme' \
	    'symbols: ci/symbols $(out)' \
	    'lint: $(RUNNER) lint' \
	    'vacuity: $(RUNNER) vacuity' \
	    'unit tests: fixtures/postgres run -- ci/unit $(TESTS)' \
	    'mistakes do not compile: reference/tests/compile/run' \
	    'examples: ci/examples $(EXAMPLES) $(PROGRAMS)' \
	    'bench runs: fixtures/postgres run -- $(BENCH) --rows 200 --rounds 1 $(out)/bench' \
	    'interoperability: reference/tests/interoperability' \
	    'orm command: fixtures/postgres run -- reference/tests/cli/run' \
	    'runner: conformance/tests/run' \
	    'reference: $(RUNNER) run --db sqlite --db postgresql' \
	    'reference, typed: $(RUNNER) run --impl reference_static --db sqlite --db postgresql' \
	    'flask_sqlalchemy: $(RUNNER) run --impl flask_sqlalchemy --db sqlite --db postgresql' \
	    'django: $(RUNNER) run --impl django --db sqlite --db postgresql' \
	    'gates: ci/tests/run'

unit: ## the unit tests of liborm and of the runner
	@$(setup) check
	@+$(parallel) tests
	@fixtures/postgres run -- ci/unit $(TESTS)

browser: ## the HTML pages in headless Chromium, with clicks
	@$(setup) browser
	@+$(parallel) all
	@conformance/tests/browser

lint: ## the specification, the layers, the words
	@$(setup) build
	@+$(parallel) $(RUNNER)
	@ci/steps 'layering: ci/layering' 'words: ci/words' 'readme: ci/readme' 'lint: $(RUNNER) lint'

leaks: ## unit tests and both databases under valgrind
	@$(setup) check
	@+$(parallel) all forked
	@ci/leaks $(out) $(FORKED)

sanitize: ## unit tests and both databases with ASan and UBSan
	@$(setup) check
	@+$(parallel) VARIANT=sanitize sanitize-run
sanitize-run: all tests
	@ci/sanitize $(out) $(TESTS)

# KEEP=yes takes what was found into fixtures/fuzz.
FUZZ_SECONDS ?= 60
fuzz: ## libFuzzer on the parsers of .env files, URLs and stored hashes, FUZZ_SECONDS (60) each
	@$(setup) fuzz
	@+$(parallel) VARIANT=fuzz CC=clang fuzz-run
fuzz-run: $(addprefix $(out)/fuzz-,$(fuzzers))
	@ci/fuzz $(if $(filter yes,$(KEEP)),--keep) $(BUILD) $(FUZZ_SECONDS) $(fuzzers)

coverage: ## lines, branches and behaviours: text, HTML, Cobertura and JSON in build/coverage
	@+ci/steps 'set-up!: $(setup) check' 'build!: $(parallel) VARIANT=coverage all tests' \
	    'coverage: $(MAKE) VARIANT=coverage coverage-run'
coverage-run:
	@ci/coverage $(out) $(TESTS)

implementations := $(sort $(notdir $(patsubst %/testee,%,$(wildcard conformance/adapters/*/testee))))
matrix: ## every adapter on both databases: build/matrix/IMPL-DB.json, and index.html
	@$(setup) matrix
	@+$(parallel) all
	@mkdir -p $(out)/matrix
	@ci/steps $(foreach i,$(implementations),$(foreach d,sqlite postgresql,\
	    '$i on $d: $(RUNNER) run --impl $i --db $d --json $(out)/matrix/$i-$d.json')) \
	    'report: $(RUNNER) report $(foreach i,$(implementations),$(foreach d,sqlite postgresql,$(out)/matrix/$i-$d.json)) --html $(out)/matrix/index.html'

# With the verdicts of `make matrix`, when there are some.
book: ## the specification as a book: build/book.html
	@$(setup) build
	@+$(parallel) $(RUNNER)
	@$(RUNNER) book --html $(out)/book.html $(patsubst %,--results %,$(wildcard $(out)/matrix/*.json)) \
	    $(if $(wildcard $(out)/matrix/index.html),--report matrix/index.html)

bench: ## rows per second beside loops by hand, on both databases: build/bench/results.json
	@$(setup) check
	@+$(parallel) $(BENCH)
	@fixtures/postgres run -- $(BENCH) --json $(out)/bench/results.json $(BENCH_ARGS) $(out)/bench

# What ormspec reads: the specification, its worlds, and the adapters that need nothing built.
shared = $(wildcard spec/*) fixtures/postgres $(shell find fixtures/schemas fixtures/rows -type f) \
    $(shell find $(addprefix conformance/adapters/,python flask_sqlalchemy django peewee) -type f -not -name '*.pyc')

install: all ## liborm, orm.h, orm.pc, orm, and ormspec with the specification, below DESTDIR and PREFIX
	@install -d $(addprefix $(DESTDIR)$(PREFIX)/,bin include lib/pkgconfig)
	@install -m 755 $(RUNNER) $(DESTDIR)$(PREFIX)/bin/ormspec
	@install -m 755 $(ORM) $(DESTDIR)$(PREFIX)/bin/orm
	@for file in $(shared); do install -D -m $$([ -x $$file ] && echo 755 || echo 644) $$file $(DESTDIR)$(PREFIX)/share/ormspec/$$file; done
	@install -m 644 reference/include/orm.h $(DESTDIR)$(PREFIX)/include/orm.h
	@install -m 644 $(LIBORM) $(DESTDIR)$(PREFIX)/lib/liborm.a
	@install -m 755 $(LIBORM_SO) $(DESTDIR)$(PREFIX)/lib/liborm.so.0
	@ln -sf liborm.so.0 $(DESTDIR)$(PREFIX)/lib/liborm.so
	@printf '%s\n' 'prefix=$(PREFIX)' 'libdir=$${prefix}/lib' 'includedir=$${prefix}/include' '' \
	    'Name: orm' 'Description: an object-relational mapper for SQLite and PostgreSQL' 'Version: $(VERSION)' \
	    'Requires.private: $(packages.reference)' 'Cflags: -I$${includedir}' 'Libs: -L$${libdir} -lorm' \
	    'Libs.private: -pthread' > $(DESTDIR)$(PREFIX)/lib/pkgconfig/orm.pc

format: ## clang-format on all C sources
	@command -v clang-format >/dev/null || { echo 'make format: clang-format is not installed' >&2; exit 3; }
	@find reference conformance -name '*.[ch]' -print0 | xargs -0 clang-format -i

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1 /p' $(MAKEFILE_LIST) | while read -r name text; do printf '  %-12s %s\n' "$$name" "$$text"; done
	@echo '  Variables: SETUP=no, ARGS="…" (conformance), FUZZ_SECONDS, KEEP=yes (fuzz), WERROR=yes, CC, CFLAGS, BUILD=DIR, DESTDIR, PREFIX, ORMSPEC_POSTGRES_URL'

clean: ## remove build/
	@rm -rf $(BUILD)

.PHONY: all tests forked conformance check unit browser lint leaks sanitize sanitize-run fuzz fuzz-run coverage coverage-run matrix book bench install format help clean always
