#!/bin/sh
# recupload to S3: against Ceph's radosgw behind a proxy of faults, and against
# a server of ours that answers what only Amazon's does.
. "$(dirname "$0")/lib.sh"
. "$ROOT/tests/servers/lib.sh"
. "$ROOT/tests/servers/matrix.sh"
. "$ROOT/tests/servers/clouds.sh"
cd "$T" || exit 1
if ! have python3; then
	skip "uploads to S3" "python3 is not installed"
	done_testing
fi
printf '%s\n' "$server_secret" >key
printf 'another-secret\n' >wrong
chmod 600 key wrong
settings() { # URL
	cat <<-X
	[upload]
	to = bucket
	[destination bucket]
	type = s3
	url = $1
	region = eu-test-1
	access_key = AKTEST
	secret_key_file = $T/key
	name = calls/{id}-{recording}.{part}.mp3
	connect_timeout = 2
	stall_timeout = 1
	X
}

# --- answers that only Amazon's S3 gives ---
S3_SECRET=$server_secret
export S3_SECRET
ok "a server of ours starts" server_python s3
own=http://127.0.0.1:$port
settings "$own/rec" >own.ini
ok "libcurl signs as the examples of Amazon's pages" \
    python3 "$ROOT/tests/servers/s3.py" --vectors
noise 300000 >one.mp3
noise 2500000 >big.mp3
status "a recording" 0 recupload -c own.ini one.mp3
is "where it went" "$(cat out)" "$own/rec/calls/one-1.1.mp3"
is "where it went: silent" "$(cat err)" ""
status "a larger one, with Expect" 0 recupload -c own.ini big.mp3
puts() { grep -c "^PUT .*/$1" s3/s3.log; }
status "a larger one, with Expect: again" 0 recupload -c own.ini one.mp3
is "is recognised, not sent" "$(puts one-)" 1
ok "by the checksum that the server keeps: nothing is read back" \
    not grep -q '^GET .*mp3' s3/s3.log
mkdir same
noise 300000 >same/one.mp3
status "other content of the same length" 1 recupload -c own.ini same/one.mp3
one_line "other content of the same length: reported" 'a different file of this name exists; not overwritten'
is "other content of the same length: not sent" "$(puts one-)" 1
status "--test" 0 recupload -c own.ini --test
# answers NAME...: the server's next answers, see s3.py.
answers() { printf '%s\n' "$@" >s3/plan; }
RECTOOLS_NOW=2026-11-23T10:00:00Z
export RECTOOLS_NOW
next=0
said() { # LABEL STATUS PATTERN: of one attempt; then it goes
	next=$((next + 1))
	noise 100000 >next$next.mp3
	status "$1" "$2" recupload -c own.ini next$next.mp3
	one_line "$1" "$3"
	: >s3/plan
	status "$1: then it goes" 0 recupload -c own.ini next$next.mp3
}
answers 301 301
said "another region by HEAD" 75 'bucket is in region = eu-right-2'
answers ok 301
said "another region by PUT" 75 'bucket is in region = eu-right-2'
ok "its redirect was not followed" not grep -q elsewhere s3/s3.log
answers 400 400
said "a signature for another region" 75 'bucket is in region = eu-right-2'
answers ok ConditionalRequestConflict
said "another writer" 75 'ConditionalRequestConflict .another client'
answers ok SlowDown
said "SlowDown" 75 '503 SlowDown .too many requests'
answers ok RequestTimeout
said "RequestTimeout is transient though a 400" 75 'RequestTimeout'
# OpenStack's Swift: no create-only, and parts of the interface that it ignores.
: >s3/swift
noise 100000 >swift1.mp3
noise 100000 >swift2.mp3
status "a server that knows no create-only" 0 recupload -c own.ini swift1.mp3 swift2.mp3
is "a server that knows no create-only: silent" "$(cat err)" ""
status "it looks before it puts" 0 recupload -c own.ini swift1.mp3
mv swift2.mp3 swift1.mp3
status "and overwrites nothing" 1 recupload -c own.ini swift1.mp3
one_line "and overwrites nothing" 'not overwritten'
recupload -c own.ini --test >out
ok "values that its answers do not have are not reported" sh -c '
    grep -q "retention.*unknown: " out && grep -q "lifecycle.*unknown: " out &&
    grep -q "versioning.*unknown: " out'
rm s3/swift
answers ok EntityTooLarge
said "too large" 1 'EntityTooLarge .too large'
answers ok XAmzContentSHA256Mismatch
said "damaged" 75 'damaged in transit'
answers ok '<Code>../../etc</Code>'
said "an answer that makes no sense" 1 'PUT answered 400$'
echo 1200 >s3/clock
status "our clock is 20 minutes slow" 0 recupload -c own.ini big.mp3 one.mp3
one_line "our clock is 20 minutes slow: reported once" 'clock of this machine is 1[12][0-9][0-9] s slow'
rm s3/clock
asked() { grep -c -- "$1" s3/s3.log; }
is "a server that keeps a checksum is not asked whether it checks" \
    "$(asked probe-hash)" 0
touch s3/lax
fresh() {
	next=$((next + 1))
	noise 100000 >next$next.mp3
}
fresh
status "a server that takes any content" 0 recupload -c own.ini next$next.mp3
is "a server that takes any content: is found out" "$(asked 'PUT.*probe-hash') $(asked 'DELETE.*probe-hash')" "1 1"
is "and what was put is read back" "$(asked "GET .*next$next-")" 1
touch s3/damage
fresh
status "a server that damages what it takes" 1 \
    recupload -c own.ini --delete next$next.mp3
one_line "a server that damages what it takes: reported" 'a different file of this name exists'
ok "and nothing is lost" test -s next$next.mp3
rm s3/damage s3/lax
sed '/^region/d' own.ini >bad.ini
status "no region" 2 recupload -c bad.ini one.mp3
one_line "no region" 'bad.ini:3: .*region is missing'
sed '/^access_key/d' own.ini >bad.ini
status "no key" 2 recupload -c bad.ini one.mp3
one_line "no key" 'set both access_key and secret_key_file'

# Temporary credentials: the token goes with each request, and is signed.
session="FwoGZXIvYXdzEBYaDK+session/$server_secret=="
printf '%s\n' "$session" | tee s3/session >token
chmod 600 token
sed "s|^secret_key_file.*|&\nsession_token_file = $T/token|" own.ini >session.ini
fresh
status "temporary credentials" 0 recupload -c session.ini next$next.mp3
status "temporary credentials: again" 0 recupload -c session.ini next$next.mp3
is "was recognised" "$(puts next$next-)" 1
sed 's/^access_key.*/access_key_env = ID/
s/^secret_key_file.*/secret_key_env = KEY\nsession_token_env = TOKEN/' \
    own.ini >env.ini
fresh
status "all three from the environment" 0 env ID=AKTEST KEY="$server_secret" \
    TOKEN="$session" recupload -c env.ini next$next.mp3
fresh
status "all three from the environment: without the token" 75 recupload -c own.ini next$next.mp3
one_line "all three from the environment: without the token" 'InvalidAccessKeyId'
status "another token" 75 env ID=AKTEST KEY="$server_secret" TOKEN=other \
    recupload -c env.ini next$next.mp3
one_line "another token" 'InvalidToken .the session token is wrong'
printf '%s %s\n' "$(($(date +%s) - 60))" "$session" >s3/session
status "a token that has ended" 75 recupload -c session.ini next$next.mp3
one_line "a token that has ended" 'ExpiredToken .the session token has expired: put'
ok "no token in messages" not grep -rF "$session" out err
status "two words" 2 env ID=AKTEST KEY=k TOKEN='a b' recupload -c env.ini one.mp3
one_line "two words" 'session_token: not one word'
rm s3/session
sed 's/^access_key.*/&\naccess_key_env = HOME/' own.ini >bad.ini
status "a key's id in two forms" 2 recupload -c bad.ini one.mp3
one_line "a key's id in two forms" 'set access_key only once'
unset RECTOOLS_NOW

# --- radosgw ---
for tool in radosgw ceph-mon ceph-osd monmaptool ceph-authtool; do
	if ! have $tool; then
		skip "uploads to radosgw" "$tool is not installed"
		done_testing
	fi
done
server_ca "$T/rgw"
ok "radosgw starts" server_radosgw "$T/rgw"
server_s3 PUT rec
proxy_start "$rgw_port"
settings "http://127.0.0.1:$PROXY/rec" >up.ini
settings "http://127.0.0.1:$rgw_port/rec" >direct.ini
copies() {
	for n in $(seq -w 1 "${2:-3}"); do
		server_s3 GET "rec/calls/$1-1.$n.mp3" -f | sha256sum |
		    cut -d' ' -f1
	done
}
objects() { # PREFIX
	server_s3 GET "rec?list-type=2&max-keys=1000&prefix=calls%2F$1" |
	    grep -o '<Key>[^<]*' | sed 's/<Key>calls.//'
}

# --- without faults, and objects that exist already ---
status "a recording" 0 recupload -c direct.ini one.mp3 big.mp3
is "a recording: silent" "$(cat err)" ""
is "arrived" "$(server_s3 GET rec/calls/big-1.1.mp3 | sha256sum | cut -d' ' -f1)" \
    "$(sum big.mp3)"
status "arrived: again" 0 recupload -c direct.ini one.mp3
ok "it was asked whether it checks what is signed, and does" \
    grep -q 'PUT /rec/rectools-probe-hash HTTP/1.1" 400' rgw/client.rgw.log
is "nothing came of that" "$(server_s3 GET rec/rectools-probe-hash \
    -o /dev/null -w '%{http_code}')" 404
cp big.mp3 keep.mp3
cp one.mp3 big.mp3
status "another content" 1 recupload -c direct.ini --delete big.mp3
one_line "another content" 'a different file of this name exists; not overwritten'
ok "the local file stays" test -f big.mp3
cp keep.mp3 big.mp3
status "and the first one is still there" 0 recupload -c direct.ini big.mp3
status "--test" 0 recupload -c direct.ini --test
ok "all rights" grep -q 'rights: write yes, read yes, list yes, delete yes$' out
ok "no quota" grep -q 'space: the bucket has no quota$' out
ok "no quota: reported" grep -q 'written, read back, deleted' out
is "the probe is gone" "$(objects | grep probe)" ""
server_s3 PUT lock -H 'x-amz-bucket-object-lock-enabled: true'
server_s3 PUT 'lock?object-lock=' --data '<ObjectLockConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule><DefaultRetention><Mode>COMPLIANCE</Mode><Days>1</Days></DefaultRetention></Rule></ObjectLockConfiguration>'
sed 's|/rec$|/lock|' direct.ini >lock.ini
status "into a bucket with object lock" 0 recupload -c lock.ini one.mp3
cp one.mp3 keep
cp big.mp3 one.mp3
status "another content there" 1 recupload -c lock.ini one.mp3
one_line "another content there: reported" 'a retention policy keeps it until 20[0-9T:-]*Z; not overwritten'
is "and no version was added" "$(server_s3 GET 'lock?versions=' |
    grep -o '<Version>' | wc -l)" 1
cp keep one.mp3
status "its --test" 0 recupload -c lock.ini --test
ok "the lock is reported" grep -Eq \
    '^bucket: retention: COMPLIANCE, 1 days; the probe is kept until 20.*Z$' out
ok "and that the probe stays" grep -q 'versions: the probe stays' out

# Temporary credentials, as its STS makes them.
rgw_admin() { radosgw-admin -c "$T/rgw/ceph.conf" -n client.rgw "$@" >>admin.log 2>&1; }
sts() {
	curl -s --aws-sigv4 aws:amz:us-east-1:sts -u "AKTEST:$server_secret" \
	    "$@" "http://127.0.0.1:$port/"
}
ok "a gateway with STS starts" server_sts "$T/rgw"
rgw_admin caps add --uid test --caps 'user-policy=*'
sts -d 'Action=PutUserPolicy&PolicyName=all&UserName=test' --data-urlencode \
    'PolicyDocument={"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:*","sts:*"],"Resource":["*"]}]}' >policy.out
sts -d 'Action=GetSessionToken&Version=2011-06-15&DurationSeconds=900' >answer
given() { sed "s|.*<$1>||;s|</$1>.*||" answer; }
given AccessKeyId >sts.id
given SecretAccessKey >sts.key
given SessionToken >sts.token
chmod 600 sts.*
sed "s|^access_key.*|access_key_file = $T/sts.id|
s|^secret_key.*|secret_key_file = $T/sts.key\nsession_token_file = $T/sts.token|" \
    direct.ini | sed "s|:$rgw_port|:$port|" >sts.ini
noise 100000 >temporary.mp3
status "credentials of STS" 0 recupload -c sts.ini temporary.mp3
is "arrived" "$(server_s3 GET rec/calls/temporary-1.1.mp3 | sha256sum |
    cut -d' ' -f1)" "$(sum temporary.mp3)"
status "their --test" 0 recupload -c sts.ini --test
sed '/^session_token/d' sts.ini >none.ini
status "their --test: without their token" 75 recupload -c none.ini temporary.mp3
one_line "their --test: without their token" '403 [A-Za-z]* .(there is no such|the key needs)'
ok "none of them in messages" not grep -rF "$(cat sts.token)" out err
server_stop "$pid"

# Keys with fewer rights.
rgw_admin user create --uid less --display-name less --access-key AKLESS \
    --secret "$server_secret"
server_s3 PUT shared
sed 's|AKTEST|AKLESS|;s|/rec$|/shared|' direct.ini >less.ini
allow() { # ACTION...
	actions=$(printf '"s3:%s",' "$@")
	server_s3 PUT 'shared?policy=' --data '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":["arn:aws:iam:::user/less"]},"Action":['"${actions%,}"'],"Resource":["arn:aws:s3:::shared","arn:aws:s3:::shared/*"]}]}'
}
allow GetObject ListBucket
status "--test: only to read" 75 recupload -c less.ini --test
ok "rights are reported" grep -Eq \
    'rights: write no .*AccessDenied .*, read yes, list yes, delete unknown$' out
allow GetObject ListBucket PutObject
status "--test: no right to delete" 0 recupload -c less.ini --test
ok "the probe stays" \
    grep -q 'cannot be deleted: .*AccessDenied .the key needs s3:DeleteObject,' out
sed 's|/rec$|/none|' direct.ini >none.ini
status "no such bucket" 75 recupload -c none.ini one.mp3
one_line "no such bucket" 'NoSuchBucket .there is no such bucket'
sed 's|AKTEST|AKNONE|' direct.ini >none.ini
status "no such key" 75 recupload -c none.ini one.mp3
one_line "no such key" 'InvalidAccessKeyId .there is no such access_key'
if [ -n "${RECTOOLS_SANITIZED:-}" ]; then
	echo "# no wrong clock: faketime and the sanitizers do not go together"
elif have faketime; then
	status "a clock that is an hour slow" 0 \
	    faketime -f -1h recupload -c direct.ini one.mp3
	one_line "a slow clock" 'is 3[56][0-9][0-9] s slow'
	noise 100000 >next.mp3
	status "a clock that is an hour fast" 0 \
	    faketime -f +1h recupload -c direct.ini next.mp3
	one_line "a fast clock" 'is 3[56][0-9][0-9] s fast'
else
	skip "a wrong clock" "faketime is not installed"
fi

# --- the table of faults ---
matrix_begin
matrix_network
cloud_matrix
wrong_secret() { cloud_change "$1" 's|/key$|/wrong|'; }
matrix "wrong secret" arrives 'SignatureDoesNotMatch .the secret' fn:wrong_secret
no_bucket() { cloud_change "$1" 's|/rec$|/none|'; }
matrix "no such bucket" arrives 'no such bucket' fn:no_bucket
certificate() {
	cloud_change "$1" "s|^url.*|url = https://localhost:$rgw_tls/rec|"
}
matrix "unknown certificate" arrives '(certificate|peer)' fn:certificate
full() {
	case $1 in
	begin) set -- --max-objects=1 enable ;;
	end) set -- --max-objects=-1 disable ;;
	esac
	for command in "quota set --quota-scope=bucket $1" \
	    "quota $2 --quota-scope=bucket"; do
		# shellcheck disable=SC2086
		radosgw-admin -c "$T/rgw/ceph.conf" -n client.rgw $command \
		    --uid test >>quota.log 2>&1
	done
}
matrix "the bucket's quota is full" arrives 'QuotaExceeded .full' fn:full
full begin
status "--test, where the quota is full" 75 recupload -c direct.ini --test
one_line "--test, where the quota is full" 'QuotaExceeded .full: the quota'
ok "is reported, and no right" grep -q 'rights: write no .*QuotaExceeded' out
full end
matrix_print "type = s3 (radosgw)"
ok "no secret in the messages" not grep -r "$server_secret" \
    out err matrix.err matrix.table
sed "s|^url.*|url = https://localhost:$rgw_tls/rec\nca_file = $T/rgw/ca.pem|" \
    up.ini >tls.ini
cp tls.ini up.ini
status "over TLS" 0 recupload -c up.ini one.mp3
is "every object of the table once, and none besides" \
    "$(objects m | wc -l)" $((matrix_count * 3))

# --- kill -9 ---
settings "http://127.0.0.1:$rgw_port/rec" >up.ini
kills "type = s3"
is "and none besides" \
    "$(for d in 0 1 2 3 4 5 6 7 8 9; do objects "k$d"; done | wc -l)" \
    $(((kills_calls + 1) * 50))
ok "no secret in the messages" not grep -r "$server_secret" kills.err spool
done_testing
