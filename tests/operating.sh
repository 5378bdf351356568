# rectools-operating(7) followed word by word in a bare Debian system with a
# real systemd, for tests/package.t: . tests/operating.sh, then
# operating SUITE DEB.
# shellcheck shell=sh disable=SC2016
# The bare system has no manual pages; systemd-analyze complains of that.

page=$ROOT/man/rectools-operating.7

# ---- a bare system ----

# A root directory of that suite, kept in a cache: it has only Debian's files.
box_make() { # SUITE
	cache=${XDG_CACHE_HOME:-$HOME/.cache}/rectools
	kept=$cache/$1-systemd.tar
	mkdir -p "$BOX" "$cache"
	if [ -e "$kept" ]; then
		tar -xf "$kept" -C "$BOX"
		return
	fi
	mirror=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE)' \
	    'Created-By: Packages' | awk '{ print $1; exit }')
	debootstrap --variant=minbase --include=systemd,systemd-sysv,dbus "$1" \
	    "$BOX" "$mirror" >"$T/bootstrap.log" 2>&1 || return 1
	tar -cf "$kept.new" -C "$BOX" . && mv "$kept.new" "$kept"
}
box_boot() {
	cp /etc/resolv.conf /etc/hosts "$BOX/etc/"
	systemd-nspawn -q -D "$BOX" --register=no --keep-unit --boot \
	    --console=pipe --resolv-conf=off </dev/null >"$T/boot.log" 2>&1 &
	box_pid=$!
	for _ in $(seq 100); do
		sleep 0.3
		box_init=$(ps -o pid= --ppid "$box_pid" | tr -d ' ')
		[ -z "$box_init" ] ||
			! in_box 'systemctl is-system-running' >"$T/state" 2>&1 ||
			return 0
	done
	return 1
}
# in_box COMMANDS: as root there.
in_box() {
	nsenter -t "$box_init" -m -u -i -n -p env -i HOME=/root LC_ALL=C.UTF-8 \
	    PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive \
	    /bin/sh -ec "cd /root/work; $1" </dev/null
}
box_end() {
	[ -n "${box_pid:-}" ] || return 0
	in_box 'systemctl --force --force poweroff' >/dev/null 2>&1
	for _ in $(seq 50); do
		kill -0 "$box_pid" 2>/dev/null || break
		sleep 0.2
	done
	kill -9 "$box_pid" 2>/dev/null
	wait "$box_pid" 2>/dev/null
	box_pid=
	rm -rf "$BOX"
}
# soon COMMANDS: succeeds within half a minute.
soon() {
	for _ in $(seq 100); do
		! in_box "$1" >/dev/null 2>&1 || return 0
		sleep 0.3
	done
	return 1
}

# ---- the states that the page describes ----

spool=/var/spool/rectools
# enter ID TYPE END: a call whose two legs last five and two seconds.
enter() {
	in_box 'dir=/var/lib/rectools/calls
	rm -rf $dir && install -d -o rectools -g rectools -m 700 $dir && cd $dir
	from=/usr/share/doc/rectools/examples/messages
	cp $from/record-a-call.wav in.wav && cp $from/ask-permission.wav out.wav
	printf "[call]\nid = %s\ntype = %s\nstarted = %s\n[leg customer]\nfile = %s\n[leg agent]\nfile = %s\n[events]\n0 = answer\n" \
	    '"$1 $2"' "$(date -u +%FT%TZ)" in.wav out.wav >call.ini
	printf "%s\n" "'"${4:-}"'" >>call.ini
	echo "'"$3"' = end" >>call.ini && chown rectools: *
	sudo -u rectools recpolicy -c /etc/rectools/policy.ini -s '"$spool"' \
	    --move call.ini || [ $? = 1 ]'
}
arrived() { soon "find /var/lib/rectools/recordings /srv/archive -name '$1-*.mp3' | grep -q ."; }
waits() { soon "ls $spool/$1 | grep -q -- -$2\$"; }
older() { # STAGE ID DAYS
	in_box "cd $spool/$1 && mv *-$2 \$(date -u -d '-$3 days' +%Y%m%dT%H%M%SZ)-$2"
}

prepare_settled() { ok "the first call arrives" arrived first; }
prepare_pbx_user() { in_box 'adduser --quiet --system --group asterisk'; }
# Files of real PBXs, in the places where a PBX leaves them: see tests/real/.
real=$ROOT/tests/real
own() { # USER DIR: its files, an hour old, with the group of the directory
	in_box "find $2 -type f -exec chown $1:rectools {} + -exec touch -d '1 hour ago' {} +"
}
prepare_asterisk() {
	# Debian's asterisk 22.10.1 has these directories, with these modes.
	in_box 'systemctl stop rectools-collect.path rectools-collect.timer
	    mkdir -p /etc/asterisk
	    rm -rf /var/spool/asterisk
	    install -d -o asterisk -g asterisk -m 750 /var/spool/asterisk
	    install -d -o asterisk -g asterisk -m 755 /var/log/asterisk \
		/var/log/asterisk/cdr-csv'
}
asterisk_call() { # ID
	for side in in out; do
		xz -dc "$real/asterisk/calls/legs/$1-$side.wav.xz" \
		    >"$BOX/var/spool/asterisk/rec/$1-$side.wav"
	done
	own asterisk /var/spool/asterisk/rec
}
prepare_asterisk_log() {
	xz -dc "$real/asterisk/calls/cel.csv.xz" | grep '"1796021807.0"' \
	    >"$BOX/var/log/asterisk/cel-custom/Master.csv"
	in_box 'chown asterisk: /var/log/asterisk/cel-custom/Master.csv'
	asterisk_call 1796021807.0
	cp "$real/asterisk/calls/legs/1796021807.0.facts" \
	    "$BOX/var/spool/asterisk/rec/"
	own asterisk /var/spool/asterisk/rec
}
prepare_asterisk_mixed() { ok "$suite: Asterisk's call arrives" arrived 1796021807.0; }
prepare_asterisk_cdr() {
	grep 1796021826 "$real/asterisk/calls/cdr.csv" \
	    >"$BOX/var/log/asterisk/cdr-csv/Master.csv"
	cp "$real/asterisk/calls/queue_log" "$BOX/var/log/asterisk/"
	asterisk_call 1796021826.2
}
prepare_freeswitch() {
	ok "$suite: that of the CDR, too" arrived 1796021826.2
	# By the unit, because only systemd gives its user the group asterisk.
	asterisk_call 1796021854.5
	xz -dc "$real/asterisk/calls/cel.csv.xz" | grep '"1796021854.5"' \
	    >>"$BOX/var/log/asterisk/cel-custom/Master.csv"
	in_box 'systemctl start rectools-collect.service'
	ok "$suite: and one by the unit" arrived 1796021854.5
	in_box 'rm -f /var/spool/asterisk/rec/*
	    adduser --quiet --system --group freeswitch
	    mkdir -p /etc/freeswitch/dialplan/public /var/lib/freeswitch'
}
# Of freeswitch-hangup, and by CDR.
prepare_freeswitch_call() {
	tar xJf "$real/freeswitch/cdr.tar.xz" -C "$T"
	fs_rec "$BOX/var/lib/freeswitch/rec" a16ea2fc-d59d-4014-ac19-1f8a34eabeb4
	cp "$T"/cdr/example-queues/*.ini "$BOX/var/lib/freeswitch/rec/"
	own freeswitch /var/lib/freeswitch/rec
}
fs_rec() { # DIR ID
	mkdir -p "$1"
	for fs_file in "$real/freeswitch/$2"*.xz; do
		fs_name=$(basename "$fs_file" .xz)
		xz -dc "$fs_file" >"$1/$fs_name"
	done
}
prepare_freeswitch_cdr() {
	ok "$suite: FreeSWITCH's call arrives" arrived a16ea2fc-d59d-4014-ac19-1f8a34eabeb4
	in_box 'mkdir -p /var/log/freeswitch/json_cdr'
	cp "$T"/cdr/100n/*.cdr.json "$BOX/var/log/freeswitch/json_cdr/"
	fs_rec "$BOX/var/lib/freeswitch/rec" 84472e42-7c42-44ee-99a4-1f1d206d3e0f
	own freeswitch /var/lib/freeswitch/rec
}
prepare_fusionpbx() {
	ok "$suite: that of its CDR, too" arrived 84472e42-7c42-44ee-99a4-1f1d206d3e0f
	in_box 'rm /var/log/freeswitch/json_cdr/*
	    install -d -o freeswitch -g rectools -m 2770 /var/lib/freeswitch/recordings'
	cp "$T"/cdr/120/*.cdr.json "$BOX/var/log/freeswitch/json_cdr/"
	fs_rec "$BOX/var/lib/freeswitch/recordings" 60fa0d37-983a-4f54-9e7e-0c2c2c35a3bc
	own freeswitch /var/lib/freeswitch/recordings
}
prepare_rtpengine() {
	ok "$suite: that of FusionPBX, too" arrived 60fa0d37-983a-4f54-9e7e-0c2c2c35a3bc
	in_box 'adduser --quiet --system --group rtpengine'
}
prepare_rtpengine_call() {
	cp "$real"/rtpengine/rtpengine-meta-agent_first-*.txt \
	    "$BOX/var/spool/rtpengine/metadata/"
	xz -dc "$real"/rtpengine/agent_first-*.pcap.xz \
	    >"$BOX/var/spool/rtpengine/pcaps/$(basename "$real"/rtpengine/agent_first-*.pcap.xz .xz)"
	own rtpengine /var/spool/rtpengine
}
# A busy PBX: each call changes the directory several times, faster than systemd
# lets a unit start by default.
busy=60
busy_pbx() {
	in_box 'systemctl start rectools-collect.path rectools-collect.timer
	    sudo -u asterisk sh -euc "umask 007; cd /srv/rec
	    from=/usr/share/doc/rectools/examples/messages n=0
	    while [ \$n -lt '$busy' ]; do
		n=\$((n + 1))
		cp \$from/record-a-call.wav busy-\$n-in.wav
		cp \$from/ask-permission.wav busy-\$n-out.wav
		touch -d \"1 hour ago\" busy-\$n-*.wav
		printf \"%s\\n\" \"[call]\" \"id = busy-\$n\" \"type = direct\" \
		    \"started = \$(date -u +%FT%TZ)\" \
		    \"[leg customer]\" \"file = busy-\$n-in.wav\" \
		    \"[leg agent]\" \"file = busy-\$n-out.wav\" \
		    \"[events]\" \"0 = answer\" \"2 = end\" >busy-\$n.new
		mv busy-\$n.new busy-\$n.ini
		sleep 0.05
	    done"'
	for _ in 1 2 3 4; do
		! soon 'find /srv/rec -type f | { ! grep -q .; } &&
		    [ $(find /var/lib/rectools/recordings -name "busy-*.mp3" | wc -l) = '$busy' ]' ||
			break
	done
	is "$suite: a busy PBX: calls that arrive, files that are left, the unit" \
	    "$(in_box 'find /var/lib/rectools/recordings -name "busy-*.mp3" | wc -l
		find /srv/rec -type f | wc -l
		systemctl is-active rectools-collect.path' 2>&1 | tr '\n' ' ')" \
	    "$busy 0 active "
}
# An archive whose disk is not mounted, and a call for it.
prepare_call_c1042() {
	ok "$suite: rtpengine's call arrives" arrived agent_first
	busy_pbx
	in_box 'cp /etc/rectools/upload.ini /root/upload.ini
	    sed -i -e "s|^path = .*|path = /var/lib/rectools/disk/recordings|" \
		-e "/^create/d" /etc/rectools/upload.ini
	    systemctl reload recupload'
	enter c1042 direct 2
	enter c1043 dialpad 2
	ok "c1042 waits" waits upload c1042
	ok "its destination is paused" soon \
	    "sudo -u rectools recupload -l -s $spool | grep -q paused"
}
prepare_call_file() { in_box 'cp /var/lib/rectools/calls/call.ini .
	sed -i s/dialpad/direct/ call.ini'; }
prepare_old() {
	in_box 'systemctl stop recupload'
	enter c1047 direct 2
	waits upload c1047 && older upload c1047 8
	in_box 'systemctl start recupload'
}
prepare_outage_over() {
	in_box 'systemctl start recsweep' >/dev/null 2>&1
	ok "only what is too old was deleted" soon \
	    "! ls $spool/upload | grep -q c1047 && ls $spool/upload | grep -q c1042"
	ok "and the journal has it as an error" in_box \
	    'journalctl -u recsweep | grep -q "c1047.*never uploaded"'
	in_box 'mv /root/upload.ini /etc/rectools/upload.ini
	    systemctl reload recupload'
}
# A different file has the name of c1044's recording.
prepare_failed() {
	ok "c1042 arrives once the archive is back" arrived c1042
	in_box 'dir=/var/lib/rectools/recordings/$(date -u +%F)/none
	    for id in c1044-1.1; do
		sudo -u rectools sh -c "echo else >$dir/$id.mp3"
	    done'
	enter c1044 direct 2
	ok "c1044 fails" waits failed c1044
}
prepare_cause_removed() {
	in_box 'rm /var/lib/rectools/recordings/*/none/c1044*'
}
prepare_doubtful() {
	ok "c1044 arrives when tried again" arrived c1044
	enter c1045 direct 20 '3 = pause
6 = resume'
	ok "c1045 is held back" waits failed c1045
	is "nothing of it was delivered" "$(in_box \
	    'find /var/lib/rectools/recordings -name "c1045*"')" ""
}
prepare_new_policy() {
	ok "c1045 arrives when accepted" arrived c1045
	in_box 'mkdir calls && cp call.ini calls/
	    sed "s/^\[inbound\]/[inbound]\nredaction = no/" \
		/etc/rectools/policy.ini >new.ini'
}
prepare_old_recordings() {
	in_box 'install -d -m 755 /srv/old && cp /var/lib/rectools/recordings/*/none/first-*.mp3 \
	    /srv/old/old-1.mp3 && chmod 644 /srv/old/*'
}
prepare_call_c1046() {
	ok "what was backfilled is in both archives" test 2 = "$(in_box \
	    'find /var/lib/rectools/recordings /srv/archive -name "old-1*.mp3" | wc -l')"
	in_box 'systemctl stop recmix'
	enter c1046 direct 2
}
prepare_moving() {
	in_box 'systemctl start recmix'
	ok "c1046 arrives" arrived c1046
	in_box "cp -a /etc/default/rectools /root/"
	enter c1049 direct 2
}
prepare_moved() {
	ok "what waited went on" arrived c1049
	spool=/srv/rectools
	enter c1048 direct 2
	ok "a call goes through the new spool" arrived c1048
	ok "and figures are of it" soon \
	    'systemctl start recsweep; grep -q "spool=\"/srv/rectools\"" /var/cache/rectools/sweep.prom'
}
# A call that will be deleted tomorrow.
prepare_alarm() {
	in_box 'systemctl stop recupload'
	enter c1050 direct 2
	waits upload c1050 && older upload c1050 6
	in_box 'systemctl start rectools-warn' >/dev/null 2>&1
	soon 'journalctl -u "rectools-alarm@*" | grep -q c1050'
}

# ---- the page ----

# Writes each block to a file DIR/001 ..., and its comments to DIR/001.is.
page_blocks() { # DIR
	mkdir "$1"
	awk -v dir="$1" '
	function text(s) {
		gsub(/\\&/, "", s); gsub(/\\e/, "\\", s); gsub(/\\-/, "-", s)
		print s >file
	}
	function open() {
		file = sprintf("%s/%03d", dir, ++n)
		printf "%s", said >(file ".is"); close(file ".is"); said = ""
	}
	/^\.Sh / { said = "" }
	/^\.\\" (status|shows|prepare|not run)/ { said = said substr($0, 5) "\n"; next }
	/^\.Bd -literal/ { open(); block = 1; next }
	/^\.Ed/ { block = 0; close(file); next }
	/^\.Dl / { open(); text(substr($0, 5)); close(file); next }
	block { text($0) }' "$page"
}
# said FILE WORD: prints the rest of that comment of the block.
said() { sed -n "s/^$2:\{0,1\} //p" "$1.is"; }
run_block() { # FILE
	label=$(head -n 1 "$1")
	[ -z "$(said "$1" 'not run')" ] || return 0
	for function in $(said "$1" prepare); do
		"prepare_$function"
	done
	cp "$1" "$BOX/root/block"
	in_box 'sh -e /root/block' >"$T/block.out" 2>&1
	got=$?
	want=$(said "$1" status)
	is "$suite: $label" "$got" "${want:-0}"
	[ "$got" = "${want:-0}" ] || sed 's/^/# /' "$T/block.out"
	shows=$(said "$1" shows)
	[ -n "$shows" ] || return 0
	ok "$suite: $label: shows $shows" grep -qE -- "$shows" "$T/block.out"
	grep -qE -- "$shows" "$T/block.out" || sed 's/^/# /' "$T/block.out"
}

operating() { # SUITE DEB
	suite=$1 BOX=$T/box.$1 spool=/var/spool/rectools
	ok "a bare $suite" box_make "$suite"
	mkdir -p "$BOX/root/work"
	cp "$2" "$BOX/root/work/"
	if ! box_boot; then
		sed 's/^/# /' "$T/boot.log"
		skip "$suite: rectools-operating(7)" "systemd-nspawn --boot fails here"
		box_end
		return
	fi
	[ -d "$T/blocks" ] || page_blocks "$T/blocks"
	for block in "$T"/blocks/???; do
		run_block "$block"
	done
	# Every service has OnFailure=, and one that really fails raises the alarm.
	is "$suite: services without an alarm" "$(in_box \
	    'for unit in recmix recsplit recupload recsweep rectools-warn rectools-collect; do
		[ "$(systemctl show -p OnFailure --value $unit)" = rectools-alarm@$unit.service.service ] ||
			echo "$unit: $(systemctl show -p OnFailure $unit)"
	    done')" ""
	in_box 'sed -i "s|^RECTOOLS_INCOMING=.*|RECTOOLS_INCOMING=/etc|" /etc/default/rectools
	    ! systemctl start rectools-collect' >/dev/null 2>&1
	ok "$suite: a directory that may not be read rings" soon 'journalctl -p err -u "rectools-alarm@*" |
	    grep -q "rectools-collect.service failed with status 2: .*may not read and write"'
	# Only the files that the text names were deleted.
	is "$suite: held, swept and failed calls apart, nothing was deleted" \
	    "$(in_box 'cat /srv/rectools/audit.log*' | awk '$4 == "swept" { print $3 }')" c1047
	for unit in "$BOX"/lib/systemd/system/rec*.service \
	    "$BOX"/usr/lib/systemd/system/rec*.service; do
		[ ! -e "$unit" ] || basename "$unit"
	done | sort -u | grep -v @ >"$T/units"
	while read -r unit; do
		exposure=$(in_box "systemd-analyze security $unit" |
		    sed -n 's/.*exposure level for.*: \([0-9.]*\).*/\1/p')
		most=0.5
		[ "$unit" != recupload.service ] || most=1.3
		ok "$suite: $unit: exposure $exposure" test "$(echo "$exposure $most" |
		    awk '{ print ($1 != "" && $1 <= $2) }')" = 1
	done <"$T/units"
	is "$suite: systemd-analyze finds nothing" \
	    "$(in_box 'systemd-analyze verify $(systemctl list-unit-files "rec*" --no-legend |
		sed "s/ .*//; s/@/@x/")' 2>&1 | grep -v "Command 'man ")" ""
	box_end
}
