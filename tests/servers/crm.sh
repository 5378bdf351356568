# What the tests of the CRM destinations share. After tests/servers/lib.sh and
# matrix.sh.
# shellcheck shell=sh

# server_crm DIR [CERTIFICATE KEY]: crm.py; sets $port and $pid, DIR holds its
# logs.
server_crm() {
	mkdir -p "$1"
	crm_dir=$1
	rm -f "$1/port"
	python3 "$ROOT/tests/servers/crm.py" "$1/port" ${2+"$2" "$3"} \
	    >"$1/log" 2>&1 &
	pid=$!
	server_pids="$server_pids $pid"
	wait_for test -s "$1/port" || return 1
	port=$(cat "$1/port")
	crm_port=$port
	crm_url=http${2:+s}://localhost:$port
}
# ctl JSON: changes settings and records, see crm.py.
ctl() { curl -sk -o /dev/null -d "$1" "$crm_url/_ctl"; }
# arrived WHAT ID: prints one line for each file, in order.
arrived() { curl -sk "$crm_url/_ctl/$1/$2"; }
asked() { grep -c -- "$1" "$crm_dir/crm.log"; } # requests that match
violations() { cat "$crm_dir/crm.violations" 2>/dev/null; }

# call ID KEY RECORD PARTS: makes a folder with that many small parts in
# spool/upload; ID.sums has their SHA-256s, in order.
call() {
	crm_call=spool/tmp/20261122T110000Z-$1
	mkdir "$crm_call"
	: >"$1.sums"
	{
		printf '[call]\nid = %s\nstarted = 2026-11-22T10:00:00Z\n' "$1"
		printf 'queue = Billing/Disputes\nagent = alice\n'
		[ -z "$2" ] || printf '%s = %s\n' "$2" "$3"
		crm_part=0
		while [ $crm_part -lt "$4" ]; do
			crm_part=$((crm_part + 1))
			crm_file=$1-1.$crm_part.mp3
			noise $((3000 + crm_part)) \
			    >"$crm_call/$crm_file"
			sum "$crm_call/$crm_file" >>"$1.sums"
			cat <<-X
			[file $crm_file]
			recording = 1
			recordings = 1
			part = $crm_part
			parts = $4
			start = 4.900
			rate = 8000
			channels = 2
			samples = 80000
			bytes = $((3000 + crm_part))
			sha256 = $(sum "$crm_call/$crm_file")
			cut = 45.000 61.200 pause
			cut = 120.000 150.500 payment
			X
		done
	} >"$crm_call/ticket.ini"
	mv "$crm_call" spool/upload
}
# once WHAT ID CALL: the parts of the call are there, once each, in order.
once() { [ "$(arrived "$1" "$2" | cut -d' ' -f4)" = "$(cat "$3.sums")" ]; }

# Rows for the table of matrix.sh: a fault at one step of a delivery.
# at LABEL WANTED PATTERN REQUEST WHAT [TIMES], see crm.py on "fault".
at() {
	step_request=$4 step_what=$5 step_times=${6:-1}
	matrix "$1" "$2" "$3" fn:step
}
step() {
	case $1 in
	begin) ctl "{\"fault\": [\"$step_request\", \"$step_what\", $step_times]}" ;;
	end) ctl '{"no_faults": 1}' ;;
	esac
}
# steps REQUEST LABEL: all faults of such a request.
steps() {
	at "$2: 500" arrives '500' "$1" before/500
	at "$2: 500, yet done" arrives - "$1" after/500
	at "$2: answer lost" arrives - "$1" lost
	at "$2: 503, Retry-After" arrives '503 .busy' "$1" before/503/60 2
	at "$2: 429, Retry-After" arrives '429 .too many' "$1" before/429/60 2
	at "$2: 401" arrives 'login was refused' "$1" before/401 2
	at "$2: 404 of a page" arrives 'not found' "$1" before/404
	at "$2: a page with 200" arrives 'not in JSON|does not have the file' "$1" before/200
}

# wrong_certificate CTL: a row for the table. A server of its own with TLS takes
# the place of the other one, and stays; up.ini then trusts another CA.
wrong_certificate() {
	if ! have openssl; then
		skip "wrong certificate" "openssl is not installed"
		return
	fi
	server_ca "$T/ca" && server_ca "$T/other"
	server_crm "$T/tls" "$T/ca/srv.pem" "$T/ca/srv.key"
	ctl "$1"
	sed "s|^url = .*|url = $crm_url\nca_file = $T/trust.pem|" up.ini >tls.ini
	mv tls.ini up.ini
	matrix "wrong certificate" arrives 'SSL certificate problem|unable to get local issuer' fn:trust
}
trust() {
	case $1 in
	begin) cp "$T/other/ca.pem" "$T/trust.pem" ;;
	end) cp "$T/ca/ca.pem" "$T/trust.pem" ;;
	esac
}
