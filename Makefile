# rectools: five small programs for recorded calls. GNU make.
VERSION = 0.2.0
PREFIX = /usr/local
CFLAGS ?= -O2 -g
WARN = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wno-psabi
B = build

PROGRAMS = recpolicy recmix recsplit recupload recsweep

# A folder of src/ is an archive. It sees its own headers and those of the
# folders named here, no others: an include that is not allowed finds no file.
base_sees =
call_sees = base
spool_sees = base
net_sees = base
mp3_sees = base
leg_sees = base call mp3
import_sees = base call leg
policy_sees = base call spool leg import
mix_sees = base call mp3 leg
split_sees = base call mp3
dest_sees = base call net
upload_sees = base call mp3 spool net dest

# program -> folders, as the linker wants them: lowest last.
recpolicy_PARTS = policy import leg mp3 spool call base
recmix_PARTS = mix leg mp3 spool call base
recsplit_PARTS = split mp3 spool call base
recupload_PARTS = upload dest net mp3 spool call base
recsweep_PARTS = spool base

FOLDERS = upload dest net policy import mix split leg mp3 spool call base

recpolicy_LIBS = $(inih) $(crypto) $(sound) $(soxr) $(pcap) $(json) -lm
recmix_LIBS = $(inih) $(crypto) $(sound) $(lame) $(soxr) $(pcap) -lm
recsplit_LIBS = $(inih) $(crypto) $(json)
recupload_LIBS = $(curl) $(json) $(icu) $(inih) $(crypto)
recsweep_LIBS = $(inih) $(crypto) $(json)

inih = -linih
crypto = -lcrypto
sound = -lsndfile -lvorbis -logg
lame = -lmp3lame
soxr = -lsoxr
pcap = -lpcap -lspandsp $(foreach c,$(codecs),-l$(firstword $(subst :, ,$(c))))
curl = -lcurl
json = -ljansson
icu = -licui18n -licuuc

# Codecs that are built in if their libraries are installed: library:header.
optional = bcg729:bcg729/decoder.h opus:opus/opus.h \
	opencore-amrnb:opencore-amrnb/interf_dec.h
has_header = $(shell echo '\#include <$(1)>' | \
	$(CC) $(CPPFLAGS) $(CFLAGS) -E -x c - >/dev/null 2>&1 && echo yes)
codecs := $(foreach c,$(optional),$(if $(call \
	has_header,$(lastword $(subst :, ,$(c)))),$(c)))
HAVE = $(patsubst opencore-amrnb:%,-DHAVE_OPENCORE_AMRNB,$(patsubst \
	opus:%,-DHAVE_OPUS,$(patsubst bcg729:%,-DHAVE_BCG729,$(codecs))))

# Files and times beyond 32 bits on 32-bit machines, too. struct pcap_pkthdr
# has a time of the size with which the system built libpcap.
large = -D_FILE_OFFSET_BITS=64 -D_TIME_BITS=64
of_pcap = $(shell grep -l '<pcap/' src/*/*.c)
$(of_pcap:src/%.c=$(B)/%.o): large = -D_FILE_OFFSET_BITS=64
compile = $(CC) -std=c11 -D_GNU_SOURCE $(large) $(HAVE) \
	-DVERSION='"$(VERSION)"' \
	-pthread $(WARN) $(CPPFLAGS) $(CFLAGS)
UNITS = $(patsubst tests/unit/%.c,$(B)/unit/%,$(wildcard tests/unit/*/*.c))
FUZZERS = $(patsubst tests/fuzz/%.c,$(B)/fuzz/%,$(wildcard tests/fuzz/*.c))
ALL_LIBS = $(inih) $(crypto) $(sound) $(lame) $(soxr) $(pcap) $(curl) $(json) \
	$(icu) -lm

all: $(PROGRAMS:%=bin/%)

.SECONDEXPANSION:
bin/%: src/%.c Makefile $$(addprefix $(B)/,$$(addsuffix .a,$$($$*_PARTS)))
	@mkdir -p bin $(B)
	$(compile) $(addprefix -iquote src/,$($*_PARTS)) -MMD -MP -MF $(B)/$*.d \
		-MT $@ $(LDFLAGS) -o $@ $(filter %.c %.a,$^) \
	$($*_LIBS)

# $(1): a folder.
define folder
$(B)/$(1)/%.o: src/$(1)/%.c Makefile
	@mkdir -p $$(@D)
	$$(compile) $$(addprefix -iquote src/,$$($(1)_sees)) -MMD -MP -c -o $$@ $$<
$(B)/$(1).a: $$(patsubst src/%.c,$(B)/%.o,$$(wildcard src/$(1)/*.c))
	rm -f $$@ && $$(AR) rcs $$@ $$^
endef
$(foreach f,$(FOLDERS),$(eval $(call folder,$(f))))

# Tests and fuzzers may use every module.
ARCHIVES = $(FOLDERS:%=$(B)/%.a)
with_all = $(compile) $(FOLDERS:%=-iquote src/%) -MMD -MP -MF $@.d $(LDFLAGS) -o $@ $<
$(UNITS): $(B)/unit/%: tests/unit/%.c $(ARCHIVES)
	@mkdir -p $(@D)
	$(with_all) $(ARCHIVES) -lcmocka $(ALL_LIBS)
$(FUZZERS): $(B)/fuzz/%: tests/fuzz/%.c tests/fuzz/replay.h $(ARCHIVES)
	@mkdir -p $(@D)
	$(with_all) $(ARCHIVES) $(ALL_LIBS)

# Missing packages are named and, if possible, installed first.
deps:
	@tests/packages.sh build
demo: deps
	@$(MAKE) --no-print-directory -s all && examples/demo.sh
check: deps
	@tests/packages.sh check
	@$(MAKE) --no-print-directory all units fuzzers && tests/run.sh
# Kills a program before its Nth system call, or makes that call fail.
$(B)/inject: tests/crash/inject.c
	@mkdir -p $(B)
	$(CC) -std=c11 -D_GNU_SOURCE $(WARN) $(CPPFLAGS) -O1 -o $@ $<
# Moves the clock and the times of files.
$(B)/shift.so: tests/shift.c
	@mkdir -p $(B)
	$(CC) -std=c11 -D_GNU_SOURCE $(WARN) $(CPPFLAGS) -O1 -shared -fPIC -o $@ $<
# Makes allocations fail.
$(B)/nomem.so: tests/nomem.c
	@mkdir -p $(B)
	$(CC) -std=c11 -D_GNU_SOURCE $(WARN) $(CPPFLAGS) -O1 -shared -fPIC -o $@ $<
# An encoder that loses sound.
$(B)/deaf.so: tests/deaf.c
	@mkdir -p $(B)
	$(CC) -std=c11 -D_GNU_SOURCE $(WARN) $(CPPFLAGS) -O1 -shared -fPIC -o $@ $<
units: $(UNITS) $(B)/inject
fuzzers: $(FUZZERS)
# For what is compiled without this file.
codec-flags:
	@echo $(HAVE) $(filter-out -lpcap -lspandsp,$(pcap))
bench: deps all
	@tests/packages.sh bench && bench/run.sh
fuzz:
	tests/fuzz/run.sh
mutants: deps
	@tests/packages.sh check && tests/mutants/run.py
# The manual pages and README.md as HTML, in build/html.
html:
	tests/packages.sh html
	man/html.sh $(B)/html
lint:
	tests/lint.sh
sanitize:
	tests/sanitize.sh

D = $(DESTDIR)$(PREFIX)
man1 = $(PROGRAMS:%=%.1)
hooks = alarm complete collect asterisk-hangup freeswitch-hangup asterisk-live freeswitch-live \
	backlog-call backlog-parallel
man5 = rec-call.5 rec-policy.5 rec-spool.5 rec-upload.5
install: all
	install -d $(D)/bin $(D)/share/man/man1 $(D)/share/man/man5 \
		$(D)/share/man/man7 $(D)/share/bash-completion/completions
	install -m 755 $(PROGRAMS:%=bin/%) $(D)/bin
	install -m 644 $(man1:%=man/%) $(D)/share/man/man1
	install -m 644 $(man5:%=man/%) $(D)/share/man/man5
	install -m 644 man/rectools.7 man/rectools-operating.7 $(D)/share/man/man7
	install -d $(D)/share/rectools
	install -m 644 schema/metadata.schema.json $(D)/share/rectools
	install -d $(D)/lib/rectools
	install -m 755 $(hooks:%=examples/%) $(D)/lib/rectools
	install -d $(D)/share/zsh/site-functions $(D)/share/fish/vendor_completions.d
	install -m 644 examples/completion.zsh $(D)/share/zsh/site-functions/_rectools
	for p in $(PROGRAMS); do \
		install -m 644 examples/completion.bash \
			$(D)/share/bash-completion/completions/$$p; \
		install -m 644 examples/completion.fish \
			$(D)/share/fish/vendor_completions.d/$$p.fish; done
	sed -i 's|/usr/local|$(PREFIX)|g' $(D)/share/zsh/site-functions/_rectools \
		$(D)/share/bash-completion/completions/rec[pmsu]* \
		$(D)/share/fish/vendor_completions.d/rec[pmsu]*.fish
uninstall:
	cd $(D)/bin && rm -f $(PROGRAMS)
	cd $(D)/share/man && rm -f $(man1:%=man1/%) $(man5:%=man5/%) \
		man7/rectools.7 man7/rectools-operating.7
	cd $(D)/share/bash-completion/completions && rm -f $(PROGRAMS)
	cd $(D)/share/fish/vendor_completions.d && rm -f $(PROGRAMS:%=%.fish)
	rm -f $(D)/share/zsh/site-functions/_rectools
	rm -rf $(D)/lib/rectools $(D)/share/rectools

# The release as one file, build/rectools-VERSION.tar.gz, from a clone or from a
# release; uncommitted changes are part of it.
release = rectools-$(VERSION)
dist:
	rm -rf $(B)/dist && mkdir -p $(B)/dist/$(release)
	{ git ls-files -co --exclude-standard 2>/dev/null || find . -type f \
		-not -path './$(B)/*' -not -path './bin/*' -not -path './demo/*' \
		-not -path './.git/*'; } | tar -cf - -T - | \
		tar -xf - -C $(B)/dist/$(release)
	tar -czf $(B)/$(release).tar.gz -C $(B)/dist $(release)
	rm -r $(B)/dist
# The package, in build/deb.
deb: dist
	@tests/packages.sh deb
	rm -rf $(B)/deb && mkdir -p $(B)/deb
	tar -xf $(B)/$(release).tar.gz -C $(B)/deb
	cd $(B)/deb/$(release) && dpkg-buildpackage -b -us -uc
clean:
	rm -rf $(B) bin demo

.PHONY: html codec-flags all deps demo check dist deb units fuzzers bench fuzz mutants lint sanitize install \
	uninstall clean
.SECONDARY:
-include $(wildcard $(B)/*.d $(B)/*/*.d $(B)/*/*/*.d)
