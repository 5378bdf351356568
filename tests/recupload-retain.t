#!/bin/sh
# Retention at the destination: retain, retain_mode and legal_hold at Ceph's
# radosgw, which has Object Lock, at Azurite, which ignores immutability, and at
# servers of ours that do what Amazon's, Google's and Microsoft's pages say.
. "$(dirname "$0")/lib.sh"
. "$ROOT/tests/servers/lib.sh"
. "$ROOT/tests/servers/matrix.sh"
. "$ROOT/tests/servers/clouds.sh"
cd "$T" || exit 1
for tool in python3 openssl curl jq; do
	have $tool && continue
	skip "retention" "$tool is not installed"
	done_testing
done
printf '%s\n' "$server_secret" >key
printf 'sv=2021-12-02&sp=rcdli&sig=x\n' >sas
printf 'sv=2021-12-02&sp=rcd&sig=x\n' >sas.less
chmod 600 key sas sas.less
# settings TYPE URL LINE...: box.ini; the login and more lines follow.
settings() {
	printf '[upload]\nto = box\n[destination box]\ntype = %s\nurl = %s\n' \
	    "$1" "$2"
	echo 'name = calls/{id}-{recording}.{part}.mp3'
	echo 'connect_timeout = 2'
	shift 2
	printf '%s\n' "$@"
}
s3="region = eu-test-1
access_key = AKTEST
secret_key_file = $T/key"
made=0
# sends LABEL STATUS [PATTERN]: a new recording, $file, by up.ini.
sends() {
	made=$((made + 1))
	file=f$made
	noise 2000 >$file.mp3
	again "$@"
}
again() {
	status "$1" "$2" recupload -c up.ini $file.mp3
	if [ -n "${3:-}" ]; then one_line "$1" "$3"; else
		is "$1: silent" "$(cat err)" ""
	fi
}
# kept_until FILE YEARS: when a recording without a ticket may be deleted.
kept_until() { date -u -d "$(date -u -d "@$(stat -c %Y "$1")" '+%F %T') UTC + $2 years" +%FT%TZ; }

# --- settings ---
for type in directory sftp ftps webdav http zendesk salesforce kustomer; do
	for line in 'retain = 7y' 'legal_hold = yes'; do
		settings $type https://example.com "$line" >bad.ini
		status "$type: ${line%% *}" 2 recupload -c bad.ini -t
		one_line "$type: ${line%% *}" \
		    "bad.ini:8: ${line%% *}: type = $type cannot keep recordings from being deleted; s3, gcs and azure can"
	done
done
refused() { # PATTERN LINE...
	pattern=$1
	shift
	settings s3 https://example.com/b "$s3" "$@" >bad.ini
	status "$*" 2 recupload -c bad.ini -t
	one_line "$*" "$pattern"
}
refused 'bad.ini:11: retain: a time such as 7y, 90d or 36h' 'retain = soon'
refused 'bad.ini:11: retain: a time' 'retain = 101y'
refused "bad.ini:12: retain_mode: governance or compliance, not 'locked'" \
    'retain = 7y' 'retain_mode = locked'
refused 'bad.ini:11: retain_mode has no effect without retain' \
    'retain_mode = compliance'
refused "bad.ini:11: legal_hold: yes or no, not 'maybe'" 'legal_hold = maybe'
settings gcs https://example.com/b 'access_key = G' "secret_key_file = $T/key" \
    'legal_hold = yes' >bad.ini
status "gcs: a hold by an HMAC key" 2 recupload -c bad.ini -t
one_line "gcs: a hold by an HMAC key" 'legal_hold needs service_account_file'
settings azure https://example.com/b "sas_file = $T/sas.less" 'retain = 7y' \
    >bad.ini
status "azure: a signature without the right" 2 recupload -c bad.ini -t
one_line "azure: a signature without the right" 'need the right i'
settings s3 https://example.com/b "$s3" 'retain = 7y' \
    'retain_mode = compliance' 'legal_hold = yes' >good.ini
status "all three" 0 recupload -c good.ini -t
is "all three: silent" "$(cat err)" ""

# --- S3 by Amazon's pages ---
S3_SECRET=$server_secret
export S3_SECRET
ok "a server of ours starts" server_python s3
settings s3 "http://127.0.0.1:$port/rec" "$s3" 'retain = 1y' \
    'legal_hold = yes' >up.ini
asked() { grep -c -- "$1" s3/s3.log; }
sends "s3: a bucket without Object Lock" 75 \
    '400 InvalidRequest .retain or legal_hold is set: can the bucket keep'
status "s3: its --test" 75 recupload -c up.ini --test
one_line "s3: its --test" 'cannot keep recordings: Object Lock is not enabled'
ok "s3: is reported" grep -q \
    '^box: keeps: 1 year, governance; legal hold; the bucket cannot: Object' out
: >s3/lock
again "s3: then it has it" 0
status "s3: its --test" 0 recupload -c up.ini --test
ok "s3: is reported, too" grep -q \
    '^box: keeps: 1 year, governance; legal hold; the bucket can$' out
again "s3: what is there and kept" 0
is "s3: was sent once" "$(asked "^PUT /rec/calls/$file-1.1.mp3$")" 2
is "s3: and needed nothing besides" "$(asked 'retention=\|legal-hold=')" 0
: >s3/hidden
sends "s3: the key may not see it" 75 \
    'does not confirm that it is kept until 20.*Z .this needs s3:PutObjectRetention, s3:Get'
rm s3/hidden
again "s3: then it may" 0
: >s3/old
sends "s3: a server that ignores it" 75 \
    'exists, but is not kept as required: the server does not support Object'
again "s3: and again" 75 'is not kept as required'
rm s3/old
is "s3: it was not overwritten" "$(asked "^PUT /rec/calls/$file-")" 1
again "s3: what came without it is kept from now on" 0
is "s3: by two requests" "$(asked "PUT .*$file-.*[?]retention=$") $(asked \
    "PUT .*$file-.*[?]legal-hold=$")" "1 1"
sed 's/^retain = .*/&\nretain_mode = compliance/' up.ini >strict.ini
cp strict.ini up.ini
again "s3: compliance instead of governance" 0
is "s3: by one request" "$(asked "PUT .*$file-.*[?]retention=$")" 2
sed -i 's/^retain = .*/retain = 1d/;/^legal/d' up.ini
touch -d '3 days ago' f1.mp3
cp f1.mp3 old.mp3
touch -d '3 days ago' old.mp3
rm s3/lock
file=old again "s3: a time that is over is not asked for" 0

# --- radosgw ---
if have radosgw && have ceph-mon && server_radosgw "$T/rgw"; then
	server_s3 PUT plain
	server_s3 PUT locked -H 'x-amz-bucket-object-lock-enabled: true'
	url=http://127.0.0.1:$rgw_port
	told() { # OBJECT HEADER
		server_s3 HEAD "locked/calls/$1" -I | tr -d '\r' |
		    sed -n "s/^x-amz-object-lock-$2: //p" | sed 's/[.]0*Z$/Z/'
	}
	three() {
		echo "$(told "$1" mode) $(told "$1" retain-until-date) $(told "$1" legal-hold)"
	}
	settings s3 $url/plain "$s3" 'retain = 7y' >up.ini
	sends "radosgw: a bucket without Object Lock" 75 \
	    'InvalidRequest .retain or legal_hold is set'
	status "radosgw: its --test" 75 recupload -c up.ini --test
	settings s3 $url/locked "$s3" 'retain = 7y' >up.ini
	sends "radosgw: governance" 0
	is "radosgw: what it keeps" "$(three $file-1.1.mp3)" \
	    "GOVERNANCE $(kept_until $file.mp3 7) "
	settings s3 $url/locked "$s3" 'retain = 2y' 'retain_mode = compliance' \
	    'legal_hold = yes' 'metadata = yes' >up.ini
	sends "radosgw: compliance, a hold and metadata" 0
	for object in $file-1.1.mp3 $file-1.1.json; do
		is "radosgw: what it keeps of $object" "$(three $object)" \
		    "COMPLIANCE $(kept_until $file.mp3 2) ON"
	done
	settings s3 $url/locked "$s3" 'legal_hold = yes' >up.ini
	sends "radosgw: only a hold" 0
	is "radosgw: what it holds" "$(three $file-1.1.mp3)" "  ON"
	settings s3 $url/locked "$s3" >up.ini
	sends "radosgw: nothing is asked for" 0
	is "radosgw: nothing is kept" "$(three $file-1.1.mp3)" "  "
	settings s3 $url/locked "$s3" 'retain = 2y' 'legal_hold = yes' >up.ini
	again "radosgw: now it is" 0
	is "radosgw: what it keeps" "$(three $file-1.1.mp3)" \
	    "GOVERNANCE $(kept_until $file.mp3 2) ON"

	# In a spool: from the end of the call, and the log says until when.
	recpolicy --init -s spool
	settings s3 $url/locked "$s3" 'retain = 70y' >up.ini
	noise 64000 >long.mp3
	call_folder c1 long.mp3
	printf 'rate = 8000\nchannels = 2\nsamples = 800000\n' \
	    >>spool/upload/20261122T110000Z-c1/ticket.ini
	status "radosgw: a call" 0 recupload -c up.ini -s spool
	is "radosgw: from the end of the call" "$(three c1-1.1.mp3)" \
	    "GOVERNANCE 2096-11-22T10:01:40Z "
	ok "the log says until when" sh -c "recsweep --story c1 -s spool |
	    grep -q ' uploaded .* retain_until=2096-11-22T10:01:40Z retain_mode=governance$'"
	spool() { recupload -c up.ini -s spool "$@"; }
	status "--check: as it should be" 0 spool --check
	status "--erase --dry-run" 1 spool --erase c1 --reason test --dry-run
	is "--erase --dry-run: knows it by the log" "$(cat out)" \
	    "kept: box: $url/locked/calls/c1-1.1.mp3: to be kept until 2096-11-22T10:01:40Z by its retention"
	status "--erase" 1 spool --erase c1 --reason test
	ok "--erase: until when" grep -Eq \
	    '^kept: box: .*/c1-1.1.mp3: kept until 2096-11-22T10:01:40Z by its retention$' out
	ok "--erase: nothing was erased" not grep -q '^erased: box' out
	is "--erase: it is there" \
	    "$(server_s3 GET locked/calls/c1-1.1.mp3 | sha256sum)" \
	    "$(sha256sum <long.mp3)"
	ok "--erase: the log says so" sh -c "recsweep --story c1 -s spool |
	    grep -q ' kept .*kept until 2096-11-22T10:01:40Z'"
	body='<Retention><Mode>GOVERNANCE</Mode><RetainUntilDate>2090-01-01T00:00:00Z</RetainUntilDate></Retention>'
	is "somebody shortens it, as governance allows" "$(server_s3 PUT \
	    'locked/calls/c1-1.1.mp3?retention=' --data "$body" \
	    -H 'x-amz-bypass-governance-retention: true' \
	    -H "Content-MD5: $(printf %s "$body" | openssl md5 -binary | base64)" \
	    -o /dev/null -w '%{http_code}')" 200
	status "--check: kept for less" 1 spool --check
	ok "--check: is reported" grep -Eq \
	    '^differs: c1: box: calls/c1-1.1.mp3: .*kept only until 2090-01-01T00:00:00Z, not until 2096-11-22T10:01:40Z$' out
	status "--check: when the time is over" 0 \
	    env RECTOOLS_NOW=2097-01-01T00:00:00Z recupload -c up.ini -s spool --check
	call_folder c2 long.mp3
	sed -i 's/^retain.*/legal_hold = yes/' up.ini
	status "a call on hold there" 0 spool
	status "--erase: on hold there" 1 spool --erase c2 --reason test
	ok "--erase: by a hold" grep -q 'c2-1.1.mp3: kept by a legal hold$' out
	call_folder c3 long.mp3
	sed -i 's/^legal.*/retain = 30d/' up.ini
	status "a call whose time is over" 0 \
	    env RECTOOLS_NOW=2027-01-01T00:00:00Z recupload -c up.ini -s spool
	is "nothing is asked for" "$(three c3-1.1.mp3)" "  "
	ok "and nothing is logged" not grep -q 'c3 uploaded.*retain' spool/audit.log
	status "--erase: then it goes" 0 spool --erase c3 --reason test
	rm -r spool
else
	skip "retention at radosgw" "radosgw is not installed"
fi

# --- Azurite: it ignores unknown headers ---
if have "$azurite" && server_azurite "$T/az"; then
	azure_port=$port
	server_azure PUT 'rec?restype=container' -f
	settings azure "http://127.0.0.1:$port/devstoreaccount1/rec" \
	    'account = devstoreaccount1' "account_key_file = $T/az/key" \
	    'retain = 7y' 'legal_hold = yes' >up.ini
	status "azurite: --test" 75 recupload -c up.ini --test
	one_line "azurite: --test" 'cannot keep recordings: version-level immutability'
	sends "azurite: nothing is kept, and that is told" 75 \
	    '501 .*the server does not support this request'
else
	skip "retention at Azurite" "Azurite is not installed"
fi

# --- Azure and Cloud Storage by their pages ---
# both NAME FILE-OF-THE-LOG: a call is kept, cannot be erased, then is not kept.
both() {
	recpolicy --init -s spool
	sed 's/^retain = .*/&\nretain_mode = compliance/' up.ini >strict.ini
	sends "$1: governance and a hold" 0
	status "$1: --test" 0 recupload -c up.ini --test
	ok "$1: --test shows" grep -q \
	    "^box: keeps: 70 years, governance; legal hold; the .* can$" out
	cp up.ini good.ini
	sed '/^legal_hold/d' strict.ini >up.ini
	call_folder c1 long.mp3
	status "$1: a call" 0 recupload -c up.ini -s spool
	ok "$1: the log says until when" grep -q \
	    'retain_until=2096-11-22T10:00:00Z retain_mode=compliance$' \
	    spool/audit.log
	status "$1: --check" 0 recupload -c up.ini -s spool --check
	status "$1: --erase" 1 recupload -c up.ini -s spool --erase c1 --reason x
	ok "$1: until when" grep -Eq \
	    '^kept: box: .*/c1-1.1.mp3: kept until 2096-11-22T10:00:00Z by its retention$' out
	sed '/^retain/d' good.ini >up.ini
	call_folder c2 long.mp3
	status "$1: a call on hold" 0 recupload -c up.ini -s spool
	ok "$1: the log says so" grep -q 'c2 uploaded.* legal_hold=yes$' spool/audit.log
	status "$1: --erase on hold" 1 recupload -c up.ini -s spool --erase c2 --reason x
	ok "$1: is reported" grep -Eq "^kept: box: .*/c2-1.1.mp3: .*hold" out
	sed '/^retain/d;/^legal/d' good.ini >up.ini
	call_folder c3 long.mp3
	status "$1: nothing is asked for" 0 recupload -c up.ini -s spool
	status "$1: --erase goes" 0 recupload -c up.ini -s spool --erase c3 --reason x
	sends "$1: a recording that is there, not kept" 0
	cp good.ini up.ini
	again "$1: is kept from now on" 0
	is "$1: by its requests" "$(grep -c "$2" "$3")" "$4"
	rm -r spool
}
[ -e long.mp3 ] || noise 64000 >long.mp3
ok "azure: the server starts" server_python azure
settings azure "http://127.0.0.1:$port/rec" "sas_file = $T/sas" 'retain = 70y' \
    'legal_hold = yes' >up.ini
both azure 'PUT .*comp=.* 200' azure/azure.log 2
: >azure/plain
sends "azure: no version-level immutability" 75 \
    '409 Imm.* .retain or legal_hold is set: can the container keep objects'
status "azure: its --test" 75 recupload -c up.ini --test
one_line "azure: its --test" 'version-level immutability support is not enabled'

server_ca "$T/gcs"
ok "gcs: the server starts" server_gcs "$T/gcs"
account="service_account_file = $T/gcs/account.json"
settings gcs "http://127.0.0.1:$gcs_port/rec" "$account" 'retain = 70y' \
    'legal_hold = yes' >up.ini
status "gcs: its --test without object retention" 75 recupload -c up.ini --test
one_line "gcs: its --test" 'object retention is not enabled'
sends "gcs: no object retention" 75 '400 InvalidArgument .retain or legal_hold is set'
echo 1 >gcs/keeps
# A hold is set by a request of its own each time.
both gcs 'PATCH .* 200' gcs/gcs.log 3
echo create get list >gcs/rights
sends "gcs: no right to keep" 75 'AccessDenied .*storage.objects.setRetention'
rm gcs/rights
settings gcs "http://127.0.0.1:$gcs_port/rec" 'access_key = GOOGTEST' \
    "secret_key_file = $T/gcs/key" 'retain = 70y' >up.ini
sends "gcs: an HMAC key" 0
status "gcs: an HMAC key, --test" 0 recupload -c up.ini --test
ok "gcs: it cannot ask" grep -q 'whether the bucket can is unknown' out
sed '/^retain/d' up.ini >plain.ini
cp up.ini good.ini
cp plain.ini up.ini
sends "gcs: an HMAC key, nothing asked for" 0
cp good.ini up.ini
again "gcs: it cannot keep what is there" 75 \
    'does not confirm that it is kept until .*storage.objects.setRetention'
ok "no secret in the messages" not grep -rF "$server_secret" out err
done_testing
