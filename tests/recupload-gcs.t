#!/bin/sh
# recupload to Google Cloud Storage: against a server of ours, written from
# Google's pages, behind a proxy of faults.
. "$(dirname "$0")/lib.sh"
. "$ROOT/tests/servers/lib.sh"
. "$ROOT/tests/servers/matrix.sh"
. "$ROOT/tests/servers/clouds.sh"
cd "$T" || exit 1
for tool in python3 openssl curl; do
	if ! have $tool; then
		skip "uploads to Cloud Storage" "$tool is not installed"
		done_testing
	fi
done
settings() { # URL, login on stdin
	cat <<-X
	[upload]
	to = bucket
	[destination bucket]
	type = gcs
	url = $1
	name = calls/{id}-{recording}.{part}.mp3
	connect_timeout = 2
	stall_timeout = 1
	X
	cat
}
server_ca "$T/gcs"
ok "the server starts" server_gcs "$T/gcs"
here=http://127.0.0.1:$gcs_port/rec
account="service_account_file = $T/gcs/account.json"
echo "$account" | settings "$here" >sa.ini
hmac="access_key = GOOGTEST
secret_key_file = $T/gcs/key"
echo "$hmac" | settings "$here" >hmac.ini
ok "libcurl and the server sign as others have published it" \
    python3 "$ROOT/tests/servers/gcs.py" --vectors
asked() { grep -c -- "$1" gcs/gcs.log; }
noise 300000 >one.mp3
noise 1500000 >big.mp3
n=0
fresh() {
	n=$((n + 1))
	noise 100000 >f$n.mp3
}

# --- without faults, and objects that exist already ---
for login in sa hmac; do
	fresh
	status "$login: a recording" 0 recupload -c $login.ini f$n.mp3
	is "$login: where it went" "$(cat out)" "$here/calls/f$n-1.1.mp3"
	is "$login: silent" "$(cat err)" ""
	is "$login: arrived" "$(server_google GET rec/calls/f$n-1.1.mp3 |
	    sha256sum | cut -d' ' -f1)" "$(sum f$n.mp3)"
	status "$login: once more" 0 recupload -c $login.ini f$n.mp3
	is "$login: its hash was asked, nothing read back" \
	    "$(asked "HEAD /rec/calls/f$n-") $(asked "GET /rec/calls/f$n-.* 200")" \
	    "1 1"
	cp f$n.mp3 keep
	noise "$(wc -c <keep)" >f$n.mp3
	status "$login: another content" 1 recupload -c $login.ini f$n.mp3
	one_line "$login: another content" 'a different file of this name exists; not'
	is "$login: the first is still there" "$(server_google GET \
	    rec/calls/f$n-1.1.mp3 | sha256sum | cut -d' ' -f1)" "$(sum keep)"
	fresh
	touch gcs/damage
	status "$login: damaged in transit" 75 recupload -c $login.ini f$n.mp3
	one_line "$login: damaged in transit" '400 BadDigest .damaged in transit'
	is "$login: is not there" "$(server_google HEAD rec/calls/f$n-1.1.mp3 \
	    -o /dev/null -I -w '%{http_code}')" 404
	status "$login: then it goes" 0 recupload -c $login.ini f$n.mp3
	echo 5000 >gcs/clock
	fresh
	status "$login: a clock that is slow" 0 recupload -c $login.ini f$n.mp3
	one_line "$login: a slow clock" 'is (499|500)[0-9] s slow by the server'
	rm gcs/clock
	status "$login: --test" 0 recupload -c $login.ini --test
	ok "$login: written" grep -q 'written, read back, deleted' out
	echo 86400 >gcs/retention
	fresh
	status "$login: into a bucket with a retention policy" 0 \
	    recupload -c $login.ini f$n.mp3
	status "$login: once more" 0 recupload -c $login.ini f$n.mp3
	cp f$n.mp3 keep
	noise 100000 >f$n.mp3
	status "$login: another content, retained" 1 \
	    recupload -c $login.ini f$n.mp3
	one_line "$login: retained" 'a different file of this name exists.*not overwritten'
	is "$login: the first is still there" "$(server_google GET \
	    rec/calls/f$n-1.1.mp3 | sha256sum | cut -d' ' -f1)" "$(sum keep)"
	status "$login: --test with retention" 0 recupload -c $login.ini --test
	ok "$login: the probe stays" grep -q 'remains there.*retention policy' out
	rm gcs/retention
done
echo 86400 >gcs/retention
recupload -c sa.ini --test >out 2>err
ok "the policy is reported" grep -q 'retention: 86400 s, locked' out
rm gcs/retention
status "a larger one, with Expect" 0 recupload -c sa.ini big.mp3
touch gcs/compose
fresh
status "no MD5: read back" 0 recupload -c sa.ini f$n.mp3
is "it was" "$(asked "GET /rec/calls/f$n-.* 200")" 1
rm gcs/compose
touch gcs/crc
fresh
status "the MD5 is right, the CRC32C is not" 1 recupload -c sa.ini f$n.mp3
one_line "the MD5 is right, the CRC32C is not" 'a different file of this name exists'
rm gcs/crc
echo 2 >gcs/uses
tokens=$(asked /token)
for i in 1 2 3 4 5; do fresh; done
status "a token that ends early is renewed" 0 \
    recupload -c sa.ini f$n.mp3 f$((n - 1)).mp3 f$((n - 2)).mp3 f$((n - 3)).mp3
is "once for each two requests" "$(($(asked /token) - tokens))" 2
is "once for each two requests: silent" "$(cat err)" ""
rm gcs/uses
echo refuse >gcs/tokens
status "the account is gone" 75 recupload -c sa.ini one.mp3
one_line "the account is gone" 'invalid_grant: Account has been deleted .is the service'
rm gcs/tokens
echo create list delete >gcs/rights
fresh
status "no right to read: what was just written is known by its answer" 0 \
    recupload -c sa.ini f$n.mp3
status "but what was there is not" 75 recupload -c sa.ini f$n.mp3
one_line "no right to read" 'AccessDenied .the account needs storage.objects.create'
rm gcs/rights
sed 's|/rec$|/none|' sa.ini >none.ini
status "no such bucket" 75 recupload -c none.ini one.mp3
one_line "no such bucket" 'NoSuchBucket .there is no such bucket'

# --- settings ---
bad() { # LABEL PATTERN FILE
	status "$1" 2 recupload -c "$3" one.mp3
	one_line "$1" "$2"
}
settings "$here" </dev/null >bad.ini
bad "no login" 'needs either service_account_file or access_key' bad.ini
printf '%s\n%s\n' "$account" "$hmac" | settings "$here" >bad.ini
bad "two logins" 'needs either service_account_file or access_key' bad.ini
echo '{"client_email": "a"}' >half.json
openssl genpkey -algorithm ed25519 -out ed.pem 2>/dev/null
gcs_account ed.json ed.pem 1
gcs_account far.json gcs/rsa.pem 1
sed 's|127.0.0.1|example.com|' far.json >out
cp out far.json
chmod 600 half.json
for f in half ed far; do
	echo "service_account_file = $T/$f.json" | settings "$here" >$f.ini
done
bad "half a key" 'not the JSON key of a service account' half.ini
bad "another kind of key" 'private_key: not an RSA key' ed.ini
bad "a token server in the clear" 'token_uri: it must begin with https://' far.ini

# --- the table of faults ---
proxy_start "$gcs_port"
copies() {
	for i in $(seq -w 1 "${2:-3}"); do
		server_google GET "rec/calls/$1-1.$i.mp3" -f | sha256sum |
		    cut -d' ' -f1
	done
}
puts() { grep -c "^PUT /rec/calls/$1-.* 200" gcs/gcs.log; }
echo "$account" | settings "http://127.0.0.1:$PROXY/rec" >up.ini
matrix_begin
matrix_network
cloud_matrix
full() {
	case $1 in
	begin) touch gcs/full ;;
	end) rm gcs/full ;;
	esac
}
matrix "the project's account" arrives 'billing account' fn:full
openssl genrsa -out other.pem 2048 2>/dev/null
gcs_account other.json other.pem "$gcs_port"
wrong_key() { cloud_change "$1" "s|gcs/account.json|other.json|"; }
matrix "another account's key" arrives 'invalid_grant: Invalid JWT Signature' fn:wrong_key
no_bucket() { cloud_change "$1" 's|/rec$|/none|'; }
matrix "no such bucket" arrives 'no such bucket' fn:no_bucket
certificate() {
	cloud_change "$1" "s|^url.*|url = https://localhost:$(cat gcs/port.tls)/rec|"
}
matrix "unknown certificate" arrives '(certificate|peer)' fn:certificate
echo "$hmac" | settings "http://127.0.0.1:$PROXY/rec" >up.ini
printf 'another-secret\n' >wrong
chmod 600 wrong
wrong_secret() { cloud_change "$1" 's|/gcs/key$|/wrong|'; }
matrix "hmac: wrong secret" arrives 'SignatureDoesNotMatch .the secret' fn:wrong_secret
matrix "hmac: answer lost" arrives - put/swallow/50000 once
matrix_print "type = gcs"
ok "no secret in the messages" not grep -rE "$server_secret|ya29|PRIVATE" \
    out err matrix.err matrix.table spool
is "every object of the table was created once" \
    "$(puts 'm[0-9]*')" $((matrix_count * 3))
{
	echo "$account"
	echo "ca_file = $T/gcs/ca.pem"
} | settings "https://localhost:$(cat gcs/port.tls)/rec" >tls.ini
status "over TLS" 0 recupload -c tls.ini one.mp3

# --- erased ---
erase() { recupload -c up.ini -s spool --erase "$@" --reason test; }
left() { server_google HEAD "rec/calls/$1-1.1.mp3" -o /dev/null -I -w '%{http_code}'; }
for login in sa hmac; do
	cp $login.ini up.ini
	call_folder e$login one.mp3
	status "$login: delivered" 0 recupload -c up.ini -s spool
	echo create get list >gcs/rights
	status "$login: no right to delete" 1 erase e$login
	ok "$login: it names the right" grep -q \
	    'AccessDenied .the account needs storage.objects.delete' out
	is "$login: it stays" "$(left e$login)" 200
	rm gcs/rights
	status "$login: erased" 0 erase e$login
	is "$login: it is gone" "$(left e$login)" 404
done
cp sa.ini up.ini
echo 604800 >gcs/softdelete
status "--test: soft delete" 0 recupload -c up.ini --test
ok "--test: soft delete: reported" grep -q \
    'soft_delete: what is deleted can be restored for 604800 s' out
for id in s10 s1; do
	call_folder $id one.mp3
	recupload -c up.ini -s spool
done
status "erased, but soft delete keeps it" 1 erase s1
ok "erased, but soft delete keeps it: reported" grep -q '^kept: .*s1-1.1.mp3: deleted, but soft delete keeps it' out
ok "the log, too" sh -c 'recsweep --story s1 -s spool | grep -q "kept destination"'
is "it is gone for readers" "$(left s1)" 404
rm gcs/softdelete
echo create get delete >gcs/rights
status "who may not list" 1 erase s10
ok "is reported as such" grep -q 'may not ask whether soft delete keeps it' out
rm gcs/rights
status "--test without it" 0 recupload -c up.ini --test
ok "--test without it: reported" grep -q 'soft_delete: none' out

# --- kill -9 ---
echo "$account" | settings "$here" >up.ini
kills "type = gcs"
is "each was created once" "$(puts 'k[0-9]*')" $(((kills_calls + 1) * 50))
ok "no secret in the messages" not grep -r "$server_secret" kills.err spool
done_testing
