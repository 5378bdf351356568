#!/bin/sh
# recupload --test: what it reports for each type of destination, as text and as
# JSON, without faults and with something missing.
. "$(dirname "$0")/lib.sh"
cd "$T" || exit 1
for tool in python3 openssl jq curl; do
	if ! have $tool; then
		skip "tests of destinations" "$tool is not installed"
		done_testing
	fi
done
. "$ROOT/tests/servers/lib.sh"
. "$ROOT/tests/servers/clouds.sh"
. "$ROOT/tests/servers/crm.sh"
mounts=
cleanup() {
	for mount in $mounts; do umount "$mount"; done
	server_stop_all
}
# dest TYPE NAME: x.ini, with the other keys from stdin.
dest() {
	printf '[upload]\nto = x\n[destination x]\ntype = %s\n' "$1" >x.ini
	printf 'connect_timeout = 5\nstall_timeout = 5\n' >>x.ini
	cat >>x.ini
}
dest_directory() {
	printf '[upload]\nto = x\n[destination x]\ntype = directory\n' >x.ini
	printf 'path = %s\n' "$1" >>x.ini
}
# trial LABEL STATUS JQ PATTERN: --test ends with that status in both forms,
# the filter holds for the JSON, one line of the text matches.
with=
trial() {
	$with recupload -c x.ini --test >out 2>err
	trial_text=$?
	$with recupload -c x.ini --test --json >json 2>json.err
	is "$1" "$trial_text $?" "$2 $2"
	ok "$1: in JSON" jq -es "length == 1 and (.[0] | $3)" json
	cat out err >said
	cat out err json json.err >>everything
	ok "$1: $4" grep -Eq -- "$4" said
}
# also LABEL PATTERN: the last output matches it.
also() { ok "$1: $2" grep -Eq -- "$2" said; }
# full DIR: mounts a full disk there, if we may.
full() {
	mkdir -p "$1"
	if [ "$(id -u)" != 0 ] ||
	    ! mount -t tmpfs -o size=4k,mode=777 none "$1" 2>/dev/null; then
		echo "# no full disk: this user cannot mount one"
		return 1
	fi
	mounts="$mounts $T/$1"
	head -c 4096 /dev/zero >"$1/all"
	chmod 666 "$1/all"
}
# clock LABEL PATTERN: our clock is an hour fast; files have the server's time.
clock() {
	if [ -n "${RECTOOLS_SANITIZED:-}" ]; then
		echo "# no wrong clock: faketime does not go with the sanitizers"
	elif have faketime; then
		with='env NO_FAKE_STAT=1 faketime -f +1h'
		trial "$1: our clock is wrong" 0 \
		    '.clock_skew_s > -3610 and .clock_skew_s < -3590' \
		    'clock: ours is 36?[0-9]* s ahead; set it by NTP'
		with=
	else
		skip "$1: our clock is wrong" "faketime is not installed"
	fi
}
all='.rights == {write: true, read: true, list: true, delete: true}'
good=".ok and .reason == \"\" and $all"
printf '%s\n' "$server_secret" >password
echo wrong >wrong
chmod 600 password wrong

# --- directory ---
# Without the capability that lets root write everywhere.
plain() {
	if [ "$(id -u)" = 0 ]; then
		setpriv --bounding-set=-all --inh-caps=-all "$@"
	else
		"$@"
	fi
}
mkdir box
dest_directory "$T/box"
trial "directory" 0 \
    "$good and .type == \"directory\" and .where == \"$T/box/\" and
	.max_bytes == null and .server_max_bytes > 1000000000 and
	.free_bytes > 0 and (.clock_skew_s | fabs) < 5" \
    '^x: connection: a file system: '
also "directory" '^x: server limit: ([0-9]+ bytes a file|none)$'
also "directory" '^x: retention: (none|unknown: this file system has no)'
also "directory" '^x: probe: .*written, read back, deleted$'
is "the probe is deleted" "$(find box -type f)" ""
clock "directory"
chmod 500 box
with=plain
trial "directory: no right to write" 75 \
    '.rights.write == false and .rights.list and .rights.read' \
    'Permission denied .the user who runs recupload must be able to write there'
with=
chmod 700 box
if (ulimit -f 2000) 2>/dev/null; then
	limited() { (ulimit -f 2000 && "$@"); }
	with=limited
	trial "directory: ulimit -f" 0 '.server_max_bytes < 10000000' \
	    'server limit: [12][0-9]* bytes a file'
	with=
fi
if chattr +a box 2>/dev/null; then
	trial "directory: append-only" 75 \
	    '.retention | test("append-only")' \
	    'retention: append-only: what is there cannot be deleted'
	chattr -a box
	rm -f box/* box/.[!.]*
	chattr +i box
	trial "directory: immutable" 75 '.rights.write == false' \
	    'retention: immutable: nothing can be stored there; chattr -i'
	chattr -i box
fi
dest_directory "$T/none"
trial "directory: not mounted" 75 '.ok == false and .rights.write == null' \
    'x: .*mount it, create it, or set create = yes'
if full tiny; then
	dest_directory "$T/tiny"
	trial "directory: full" 75 '.free_bytes == 0 and .rights.write == null' \
	    'x: .*No space left on device'
	also "directory: full" 'space: 0 MB free'
fi

# --- SFTP ---
# sftp [SED-SCRIPT]: the settings for it, changed.
sftp() {
	dest sftp <<-X
	url = sftp://127.0.0.1:$port$T/box
	user = $(id -un)
	key_file = $T/ssh/id
	known_hosts = $T/ssh/known_hosts
	X
	[ -z "${1:-}" ] || sed -i "$1" x.ini
}
if have sshd && have ssh-keygen; then
	# libssh2 1.10 leaks the memory of a session that was given up.
	leaks=${ASAN_OPTIONS:-}
	export ASAN_OPTIONS="${leaks:+$leaks:}detect_leaks=0"
	ok "sshd starts" server_sshd "$T/ssh"
	sftp
	trial "sftp" 0 "$good and .type == \"sftp\" and .free_bytes > 0 and
	    (.clock_skew_s | fabs) < 5 and .server_max_bytes == null" \
	    '^x: connection: SSH; the host key is that of known_hosts; the key was'
	also "sftp" '^x: server limit: unknown: SFTP has no way to ask$'
	also "sftp" '^x: retention: unknown: SFTP has no way to ask$'
	clock "sftp"
	ssh-keygen -q -t ed25519 -N '' -C other -f other
	sftp "s|/ssh/id|/other|"
	trial "sftp: another key" 75 '.rights.write == null' \
	    'connection: none: the login was refused'
	sftp "s|^known_hosts.*|host_key = $(printf '%043d' 0)|"
	trial "sftp: another server" 75 '.ok | not' \
	    'connection: none: the server could not be verified'
	if [ -d tiny ]; then
		sftp "s|/box|/tiny|"
		trial "sftp: full" 75 '.free_bytes == 0' 'its disk is full'
		also "sftp: full" '^x: space: 0 MB free$'
	fi
	server_stop "$pid"
	server_sftp=-R
	ok "sshd for readers starts" server_sshd "$T/ssh"
	sftp
	trial "sftp: no right to write" 75 \
	    '.rights == {write: false, read: true, list: true, delete: null}' \
	    'rights: write no .*the login has no right to this place'
	server_stop "$pid"
	server_sftp='-P remove'
	ok "sshd without removal starts" server_sshd "$T/ssh"
	sftp
	trial "sftp: no right to delete" 0 \
	    '.rights.write and .rights.delete == false' \
	    'cannot be deleted: .*the login has no right to delete'
	rm -f box/rectools-probe-*
	server_stop "$pid"
	export ASAN_OPTIONS="$leaks"
else
	skip "sftp" "OpenSSH is not installed"
fi

# --- FTPS ---
ftps() {
	dest ftps <<-X
	url = ftp://localhost:$port/in
	user = ftp
	password_file = $T/password
	ca_file = $T/ftp/ca.pem
	X
	[ -z "${1:-}" ] || sed -i "$1" x.ini
}
if have vsftpd; then
	ok "vsftpd starts" server_vsftpd "$T/ftp"
	ftps
	trial "ftps" 0 "$good and .type == \"ftps\" and
	    (.clock_skew_s | fabs) < 5 and .free_bytes == null" \
	    '^x: connection: TLS; the certificate is good for this name$'
	also "ftps" '^x: certificate: ends 20.*, in 1 day: renew it'
	also "ftps" 'space: unknown: the server offers neither AVBL nor SITE QUOTA'
	also "ftps" '^x: retention: unknown: FTP has no way to ask$'
	clock "ftps"
	ftps "s|/password|/wrong|"
	trial "ftps: wrong password" 75 '.ok | not' \
	    'connection: none: the login was refused'
	ftps '/^ca_file/d'
	trial "ftps: unknown certificate" 75 '.ok | not' \
	    'connection: none: the server could not be verified'
	if full ftp/root/full; then
		ftps 's|/in$|/full|'
		trial "ftps: full" 75 '.rights.write == null' \
		    'its disk is full, or a quota is used up'
	fi
	server_stop "$pid"
	server_denied=DELE
	ok "vsftpd without DELE starts" server_vsftpd "$T/ftp"
	ftps
	trial "ftps: no right to delete" 0 \
	    '.rights.write and .rights.delete == false' \
	    'cannot be deleted: .*the login has no right to delete'
	server_stop "$pid"
	server_denied=STOR,NLST
	ok "vsftpd without STOR starts" server_vsftpd "$T/ftp"
	ftps
	trial "ftps: no right to write" 75 \
	    '.rights.write == false and .rights.read and .rights.list == false' \
	    'rights: write no .*550 Permission denied'
	server_stop "$pid"
else
	skip "ftps" "vsftpd is not installed"
fi

# --- WebDAV and HTTP ---
# web TYPE [SED-SCRIPT]
web() {
	dest "$1" <<-X
	url = https://localhost:$port/rec
	user = rec
	password_file = $T/password
	ca_file = $T/dav/ca.pem
	X
	[ -z "${2:-}" ] || sed -i "$2" x.ini
}
if have nginx && [ -e /usr/lib/nginx/modules/ngx_http_dav_ext_module.so ]; then
	ok "nginx starts" server_nginx "$T/dav"
	mkdir dav/www/rec
	web webdav
	trial "webdav" 0 "$good and .type == \"webdav\" and
	    (.clock_skew_s | fabs) < 5 and .free_bytes == null" \
	    '^x: connection: TLS; the certificate is good for this name$'
	also "webdav" '^x: methods: .*PROPFIND'
	also "webdav" '^x: dav: class 1$'
	also "webdav" 'space: unknown: the server has no quota-available-bytes'
	also "webdav" '^x: retention: unknown: WebDAV has no way to ask$'
	web http
	trial "http" 0 ".ok and .rights == {write: true, read: true,
	    list: null, delete: true}" 'list unknown .HTTP has no way to ask'
	for type in webdav http; do
		web $type
		clock "$type"
		touch dav/answer-PUT-403
		trial "$type: no right to write" 75 \
		    '.rights.write == false and .rights.read' \
		    'PUT answered 403 .the login has no right to this'
		mv dav/answer-PUT-403 dav/answer-PUT-507
		trial "$type: full" 75 '.rights.write == null' \
		    'PUT answered 507 .its disk is full'
		rm dav/answer-PUT-507
		touch dav/answer-DELETE-403 dav/answer-PROPFIND-403
		trial "$type: no right to delete" 0 \
		    '.rights.write and .rights.delete == false and
			.rights.list != true' \
		    'cannot be deleted: .*DELETE answered 403'
		rm dav/answer-DELETE-403 dav/answer-PROPFIND-403
		web $type "s|/password|/wrong|"
		trial "$type: wrong password" 75 '.rights.read == false' \
		    'answered 401 .the login was refused'
		web $type '/^ca_file/d'
		trial "$type: unknown certificate" 75 '.ok | not' \
		    'connection: none: .*certificate'
	done
	server_stop "$pid"
else
	skip "webdav, http" "nginx with dav-ext is not installed"
fi
# Models of servers that report a quota, as few do.
quota() { # LABEL JQ PATTERN [WORD]; the other keys on stdin
	rm -f quota
	# shellcheck disable=SC2086
	python3 "$ROOT/tests/servers/quota.py" "$T/quota" \
	    ${4:+"$T/tls/srv.pem" "$T/tls/srv.key" "$4"} 2>quota.err &
	pid=$!
	server_pids="$server_pids $pid"
	ok "$1: the server starts" wait_for test -s quota
	port=$(cat quota)
	[ -n "${4:-}" ] || echo "url = http://127.0.0.1:$port/rec" | dest webdav
	[ -z "${4:-}" ] || ftps "s|/ftp/ca|/tls/ca|"
	trial "$1" 75 "$2" "$3"
	server_stop "$pid"
}
server_ca "$T/tls"
quota "webdav: a quota" '.free_bytes == 7000000' '^x: space: 7 MB free$'
quota "ftps: AVBL" '.free_bytes == 12345678' '^x: space: 12 MB free$' AVBL
quota "ftps: SITE QUOTA" '.free_bytes == null' \
    '^x: space: quota: .*1.2 of 5.0 MB are used' SITE

# --- S3 ---
S3_SECRET=$server_secret
export S3_SECRET
mkdir s3
python3 "$ROOT/tests/servers/s3.py" "$T/s3/port" 2>s3/err &
server_pids="$server_pids $!"
ok "a small S3 starts" wait_for test -s s3/port
s3() {
	dest s3 <<-X
	url = http://127.0.0.1:$(cat s3/port)/rec
	region = eu-test-1
	access_key = AKTEST
	secret_key_file = $T/password
	X
	[ -z "${1:-}" ] || sed -i "$1" x.ini
}
s3
trial "s3" 0 "$good and .type == \"s3\" and .max_bytes == 5000000000 and
    .retention == \"none\" and (.clock_skew_s | fabs) < 5" \
    '^x: connection: within this machine, without TLS$'
also "s3" '^x: versioning: none$'
also "s3" '^x: lifecycle: none$'
also "s3" '^x: server limit: unknown: S3 has no way to ask$'
echo 1200 >s3/clock
trial "s3: our clock is wrong" 0 '.clock_skew_s > 1190' \
    'clock: ours is 1[12][0-9]* s behind; set it by NTP'
rm s3/clock
echo get list >s3/rights
trial "s3: no right to write" 75 \
    '.rights == {write: false, read: true, list: true, delete: null}' \
    'rights: write no .*AccessDenied .the key needs s3:PutObject'
echo put get list >s3/rights
trial "s3: no right to delete" 0 '.rights.write and .rights.delete == false' \
    'cannot be deleted: .*AccessDenied'
echo put get >s3/rights
trial "s3: no right to list" 75 '.rights.list == false' \
    'AccessDenied .the key needs s3:PutObject, s3:GetObject and s3:ListBucket'
rm s3/rights
s3 "s|/password|/wrong|"
trial "s3: wrong secret" 75 '.rights.read == false' \
    'SignatureDoesNotMatch .the secret key is wrong'

# --- Google Cloud Storage ---
ok "a small Cloud Storage starts" server_gcs "$T/gcs"
gcs() {
	dest gcs <<-X
	url = http://127.0.0.1:$gcs_port/rec
	service_account_file = $T/gcs/account.json
	X
}
hmac() {
	dest gcs <<-X
	url = http://127.0.0.1:$gcs_port/rec
	access_key = GOOGTEST
	secret_key_file = $T/${1:-password}
	X
}
gcs
trial "gcs" 0 "$good and .type == \"gcs\" and .retention == \"none\" and
    .max_bytes == 5000000000000 and (.clock_skew_s | fabs) < 5" \
    '^x: versioning: none$'
hmac
trial "gcs by HMAC" 0 "$good" \
    'retention: unknown: this login has no right to read it .storage.buckets.get'
for login in gcs hmac; do
	$login
	echo 1200 >gcs/clock
	trial "$login: our clock is wrong" 0 '.clock_skew_s > 1190' \
	    'clock: ours is 1[12][0-9]* s behind; set it by NTP'
	rm gcs/clock
	echo get list >gcs/rights
	trial "$login: no right to write" 75 \
	    '.rights.write == false and .rights.read and .rights.list' \
	    'AccessDenied .the account needs storage.objects.create'
	echo create get >gcs/rights
	trial "$login: no right to list or delete" 0 \
	    '.rights.list == false and .rights.delete == false' \
	    'cannot be deleted: '
	rm gcs/rights
	touch gcs/full
	trial "$login: quota" 75 '.ok | not' 'billing account has a problem'
	rm gcs/full
	echo 86400 >gcs/retention
	trial "$login: retention" 0 '.rights.write and .rights.delete == false' \
	    'remains there, .*: a retention policy keeps it'
	[ $login = hmac ] || also "$login: retention" 'retention: 86400 s, locked'
	rm gcs/retention
done
gcs
echo create get list >gcs/rights
trial "gcs: no right to delete" 0 '.rights.delete == false' 'delete no'
rm gcs/rights
hmac wrong
trial "gcs: wrong secret" 75 '.rights.read == false' \
    'SignatureDoesNotMatch .the secret key is wrong'

# --- CRMs ---
ok "the CRMs start" server_crm "$T/crm"
crm() { # TYPE TOKEN, keys on stdin
	printf '%s\n' "$2" >token
	chmod 600 token
	{
		echo "url = $crm_url"
		cat
	} | dest "$1"
}
zendesk() {
	printf 'user = rec@example.com\ntoken_file = %s/token\n' "$T" |
	    crm zendesk "${1:-zd-secret-token}"
}
zendesk
trial "zendesk" 0 '.ok and .type == "zendesk" and .rights == {write: true,
    read: true, list: true, delete: false} and .max_bytes == 50000000 and
    .server_max_bytes == 52428800 and (.clock_skew_s | fabs) < 5' \
    '^x: login: rec@example.com, agent$'
also "zendesk" '^x: retention: unknown: Zendesk has no way to ask$'
ctl '{"zendesk_restriction": "assigned", "zendesk_max": 7000000}'
trial "zendesk: restricted" 0 '.server_max_bytes == 7000000' \
    'tickets only as its restriction allows: assigned'
also "zendesk: a small account" 'server limit: 7000000 .*: set max_bytes to it'
ctl '{"zendesk_role": "end-user", "clock": 1200}'
trial "zendesk: no right" 75 '.rights.write == false and .clock_skew_s > 1190' \
    'the login is not an agent .role end-user'
also "zendesk: the clock" 'clock: ours is 1[12][0-9]* s behind; set it by NTP'
ctl '{"zendesk_role": "agent", "clock": 0}'
zendesk wrong
trial "zendesk: wrong token" 75 '.ok | not' 'answered 401 .the login was refused'
salesforce() {
	printf 'client_id = sf-client\nclient_secret_file = %s/token\n' "$T" |
	    crm salesforce "${1:-sf-secret-word}"
}
salesforce
trial "salesforce" 0 '.ok and .type == "salesforce" and .rights == {write: true,
    read: true, list: true, delete: null} and .max_bytes == 2000000000 and
    .free_bytes == 9000000000 and (.clock_skew_s | fabs) < 5' \
    '^x: API requests of this day left: 14000 of 15000$'
ctl '{"sf_createable": false}'
trial "salesforce: no right" 75 '.rights.write == false and .rights.read' \
    'the login may not create files .ContentVersion.: see its profile'
ctl '{"sf_createable": true, "sf_quota": 1}'
trial "salesforce: requests used up" 75 '.rights.write == null' \
    'REQUEST_LIMIT_EXCEEDED'
ctl '{"sf_quota": 0}'
salesforce wrong
trial "salesforce: wrong secret" 75 '.ok | not' 'answered 400: invalid client credentials'
kustomer() {
	echo "token_file = $T/token" | crm kustomer "${1:-ku-secret-key}"
}
kustomer
trial "kustomer" 0 '.ok and .type == "kustomer" and .rights == {write: null,
    read: true, list: true, delete: null} and .max_bytes == 5000000 and
    (.clock_skew_s | fabs) < 5' \
    'write unknown .only a note would show whether the key has org.permission'
ctl '{"ku_roles": ""}'
trial "kustomer: no right" 75 '.rights.read == false' \
    'answered 403 .the login has no right to this'
kustomer wrong
trial "kustomer: wrong token" 75 '.ok | not' 'answered 401 .the login was refused'

# --- no server ---
port=$(server_port)
for type in webdav sftp ftps; do
	mkdir -p ssh ftp dav
	touch ssh/id ssh/known_hosts ftp/ca.pem dav/ca.pem
	chmod 600 ssh/id
	case $type in
	webdav) web webdav "s|https://localhost|http://127.0.0.1|" ;;
	*) $type ;;
	esac
	trial "$type: no server" 75 '.rights.read == null and
	    .clock_skew_s == null and .retention != null' \
	    "connection: none: .*[Cc]onnect"
	is "$type: the reason" "$(grep -Ec '^recupload: x: .*[Cc]onnect' err)" 1
done

# --- several, and none of the secrets ---
{
	printf '[upload]\nto = a b\n[destination a]\ntype = directory\n'
	printf 'path = %s/box\n[destination b]\ntype = directory\n' "$T"
	printf 'path = %s/none\n' "$T"
} >x.ini
status "two, of which one is missing" 75 recupload -c x.ini --test --json
is "a line for each" "$(jq -r '"\(.name) \(.ok)"' out | tr '\n' ' ')" \
    "a true b false "
one_line "and the reason" '^recupload: b: .*mount it'
ok "no secret in messages" not grep -E \
    "$server_secret|zd-secret|sf-secret|ku-secret" everything
status "--json alone" 2 recupload -c x.ini --json
ok "--json alone" grep -q 'needs --list, --check or --test' err
done_testing
