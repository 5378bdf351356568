# rectools: five small programs for recorded calls. GNU make.
VERSION = 0.1.0
PREFIX = /usr/local
CFLAGS ?= -O2 -g
WARN = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes
B = build

PROGRAMS = recpolicy recmix recsplit recupload recsweep

# program -> modules, lowest last. What each may include: tests/rows.
model = call plan ticket doc mpeg crc tags newfile util
store = spool removal beneath audit hash

carriers = courier hand job delivery traffic trial metrics listing
destinations = \
	findings contact \
	dest_directory \
	dest_webdav \
	dest_s3 \
	dest_gcs \
	dest_azure \
	bucket_trial bucket cloud crc32c base64 \
	dest_sftp dest_ftps dest_files survey remote fault \
	dest_zendesk zendesk dest_salesforce salesforce \
	dest_kustomer crm jwt note \
	web

decision = enter explain chart rules examine dialogue live review decide policy timeline sound
sources = formats from_cdr from_cel from_freeswitch from_meta from_pcap_txt \
	rtpengine queue_log table csv import json

recpolicy_MODULES = cli $(decision) $(sources) room record retention config \
	$(store) $(model)
recmix_MODULES = cli room byhand draw folder work config recording render verify mix track legs \
	legfile capture gsm codec rtp resample encode pool mixer limiter picture id3 \
	$(store) $(model)
recsplit_MODULES = reunite rejoin inspect json parts place source split carrier label frames mp3 id3 level routes work cli config \
	$(store) $(model)
recupload_MODULES = $(carriers) upload $(destinations) dest queue \
	metadata json http pace loop handles \
	breaker routes backoff template cli config $(store) $(model)
recsweep_MODULES = sweep record retention cli $(store) $(model)

recpolicy_LIBS = $(inih) $(sound) $(crypto) $(json) -lm
recmix_LIBS = $(inih) $(crypto) $(sound) $(lame) $(soxr) $(pcap) -lm
recsplit_LIBS = $(inih) $(crypto) $(json)
recupload_LIBS = $(curl) $(json) $(inih) $(crypto)
recsweep_LIBS = $(inih) $(crypto)

inih = -linih
crypto = -lcrypto
sound = -lsndfile
lame = -lmp3lame
soxr = -lsoxr
pcap = -lpcap -lspandsp
curl = -lcurl
json = -ljansson

compile = $(CC) -std=c11 -D_GNU_SOURCE -DVERSION='"$(VERSION)"' -pthread \
	$(WARN) $(CPPFLAGS) $(CFLAGS)
MODULES = $(filter-out $(PROGRAMS),$(basename $(notdir $(wildcard src/*.c))))
UNITS = $(patsubst tests/unit/%.c,$(B)/unit/%,$(wildcard tests/unit/*.c))
FUZZERS = $(patsubst tests/fuzz/%.c,$(B)/fuzz/%,$(wildcard tests/fuzz/*.c))
ALL_LIBS = $(inih) $(crypto) $(sound) $(lame) $(soxr) $(pcap) $(curl) $(json) -lm

all: $(PROGRAMS:%=bin/%)

.SECONDEXPANSION:
bin/%: $(B)/%.o $$(addprefix $(B)/,$$(addsuffix .o,$$($$*_MODULES)))
	@mkdir -p bin
	$(compile) $(LDFLAGS) -o $@ $^ $($*_LIBS)

$(B)/%.o: src/%.c Makefile
	@mkdir -p $(B)
	$(compile) -MMD -MP -c -o $@ $<

# Every test and fuzzer may use every module.
$(B)/modules.a: $(MODULES:%=$(B)/%.o)
	rm -f $@ && $(AR) rcs $@ $^
$(UNITS): $(B)/unit/%: tests/unit/%.c $(B)/modules.a
	@mkdir -p $(B)/unit
	$(compile) -Isrc $(LDFLAGS) -o $@ $< $(B)/modules.a -lcmocka $(ALL_LIBS)
$(FUZZERS): $(B)/fuzz/%: tests/fuzz/%.c tests/fuzz/replay.h $(B)/modules.a
	@mkdir -p $(B)/fuzz
	$(compile) -Isrc $(LDFLAGS) -o $@ $< $(B)/modules.a $(ALL_LIBS)

# Missing packages are named and installed first, where there is a way.
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
units: $(UNITS) $(B)/inject
fuzzers: $(FUZZERS)
bench: deps all
	@tests/packages.sh bench && bench/run.sh
fuzz:
	tests/fuzz/run.sh
lint:
	tests/lint.sh
sanitize:
	tests/sanitize.sh

D = $(DESTDIR)$(PREFIX)
man1 = $(PROGRAMS:%=%.1)
hooks = collect asterisk-hangup freeswitch-hangup asterisk-live freeswitch-live \
	backlog-call backlog-parallel
man5 = rec-call.5 rec-policy.5 rec-spool.5 rec-upload.5
install: all
	install -d $(D)/bin $(D)/share/man/man1 $(D)/share/man/man5 \
		$(D)/share/man/man7 $(D)/share/bash-completion/completions
	install -m 755 $(PROGRAMS:%=bin/%) $(D)/bin
	install -m 644 $(man1:%=man/%) $(D)/share/man/man1
	install -m 644 $(man5:%=man/%) $(D)/share/man/man5
	install -m 644 man/rectools.7 $(D)/share/man/man7
	install -d $(D)/lib/rectools
	install -m 755 $(hooks:%=examples/%) $(D)/lib/rectools
	for p in $(PROGRAMS); do install -m 644 examples/completion.bash \
		$(D)/share/bash-completion/completions/$$p; done
uninstall:
	cd $(D)/bin && rm -f $(PROGRAMS)
	cd $(D)/share/man && rm -f $(man1:%=man1/%) $(man5:%=man5/%) \
		man7/rectools.7
	cd $(D)/share/bash-completion/completions && rm -f $(PROGRAMS)
	rm -rf $(D)/lib/rectools

# In build/deb; what is uncommitted is part of it.
deb:
	@tests/packages.sh deb
	rm -rf $(B)/deb && mkdir -p $(B)/deb/rectools-$(VERSION)
	git ls-files -co --exclude-standard | tar -cf - -T - | \
		tar -xf - -C $(B)/deb/rectools-$(VERSION)
	cd $(B)/deb/rectools-$(VERSION) && dpkg-buildpackage -b -us -uc
clean:
	rm -rf $(B) bin demo

.PHONY: all deps demo check deb units fuzzers bench fuzz lint sanitize install \
	uninstall clean
.SECONDARY:
-include $(wildcard $(B)/*.d)
