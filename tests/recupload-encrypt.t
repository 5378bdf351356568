#!/bin/sh
# encrypt_to: a destination gets a CMS message that openssl opens. It is made once for
# each destination, completely or not at all; without a certificate nothing is sent.
. "$(dirname "$0")/lib.sh"
. "$ROOT/tests/servers/lib.sh"
. "$ROOT/tests/servers/matrix.sh"
cd "$T" || exit 1
for tool in python3 openssl jq; do
	have $tool && continue
	skip "encrypt_to" "$tool is not installed"
	done_testing
done
day() { date -u -d "@$(($(date +%s) + $1 * 86400))" +%Y-%m-%dT%H:%M:%SZ; }

# --- recipients ---
key() { # NAME ARG...: NAME.key and NAME.pem
	key_name=$1
	shift
	openssl req -x509 -nodes -days 300 -subj "/CN=$key_name" \
	    -keyout "$key_name.key" -out "$key_name.pem" "$@" 2>/dev/null
}
key rsa -newkey rsa:2048
key ec -newkey ec -pkeyopt ec_paramgen_curve:P-256
key other -newkey ec -pkeyopt ec_paramgen_curve:P-256
key weak -newkey rsa:1024
key signs -newkey rsa:2048 -addext keyUsage=digitalSignature
key ecsigns -newkey ec -pkeyopt ec_paramgen_curve:P-256 \
    -addext keyUsage=digitalSignature
key edwards -newkey ed25519
key wraps -newkey rsa:2048 -addext keyUsage=critical,keyEncipherment
key agrees -newkey ec -pkeyopt ec_paramgen_curve:P-384 \
    -addext keyUsage=keyAgreement
mkdir keys away
mv ./*.key keys
plain() { # NAME FILE: decrypted, on stdout
	openssl cms -decrypt -binary -inform DER -in "$2" \
	    -inkey "keys/$1.key" -recip "$1.pem"
}
opens() { plain "$1" "$2" | cmp - "$3"; }

settings() { # ENCRYPT_TO
	cat <<-S
	[upload]
	to = archive
	[destination archive]
	type = directory
	path = archive
	name = {id}-{recording}.{part}.mp3
	encrypt_to = $1
	S
}
mkdir archive
noise 30000 >one
noise 30001 >two
noise 3000 >small
recpolicy --init -s spool

# --- settings that are refused: by -t, by --test and at the start ---
cat keys/rsa.key rsa.pem >both.pem
cat rsa.pem ec.pem >chain.pem
{ cat rsa.pem; sed 5d ec.pem; } >torn.pem
{ cat rsa.pem; head -n 4 ec.pem; } >cut.pem
echo hello >hello.pem
call_folder c0 one
refused() { # LABEL PATTERN CERTIFICATE
	settings "$3" >up.ini
	for how in "-t" "--test" "-s spool" "one"; do
		# shellcheck disable=SC2086
		status "$1: $how" 2 recupload -c up.ini $how
		one_line "$1: $how" "^recupload: up\.ini:7: encrypt_to: $2"
	done
}
refused "no such file" 'none\.pem: No such file' none.pem
refused "no certificate" 'hello\.pem: contains no certificate' hello.pem
refused "a directory" 'keys: is a directory' keys
refused "a private key" 'both\.pem: contains a private key' both.pem
refused "two in one file" 'chain\.pem: contains more than one' chain.pem
refused "the second is damaged" 'torn\.pem: is damaged after' torn.pem
refused "the second was cut" 'cut\.pem: is damaged after' cut.pem
refused "the same twice" 'rsa\.pem: the same certificate as rsa\.pem' \
    'rsa.pem rsa.pem'
refused "RSA of 1024 bits" 'weak\.pem: its RSA key is too weak' weak.pem
refused "RSA to sign" 'signs\.pem: .*keyEncipherment' signs.pem
refused "EC to sign" 'ecsigns\.pem: .*keyAgreement' ecsigns.pem
refused "Ed25519" 'edwards\.pem: its key is neither' edwards.pem
refused "the second of two" 'weak\.pem: ' 'rsa.pem weak.pem'
refused "no name" 'does not name a certificate' ""
export RECTOOLS_NOW
RECTOOLS_NOW=$(day 301)
# The day of the certificate: it may have been made before midnight.
ends=$(date -ud "$(openssl x509 -in rsa.pem -noout -enddate | cut -d= -f2)" +%F)
refused "expired" "rsa\.pem: the certificate expired on $ends" \
    rsa.pem
RECTOOLS_NOW=$(day -2)
refused "not yet valid" 'rsa\.pem: the certificate is not valid before' rsa.pem
unset RECTOOLS_NOW
is "nothing was sent because of it" "$(find archive -type f)" ""
is "and the call waits" "$(in_spool upload)" 1

# --- several recipients, parts ---
settings "rsa.pem ec.pem wraps.pem agrees.pem" >up.ini
echo "metadata = yes" >>up.ini
rm -rf spool/upload/*
CALL_FACTS='agent = alice' call_folder c1 one two
status "two parts to four recipients" 0 recupload -c up.ini -s spool
is "two parts to four recipients: silent" "$(cat out err)" ""
is "each is encrypted, and what is known of it" "$(cd archive && echo *)" \
    "c1-1.1.json.cms c1-1.1.mp3.cms c1-1.2.json.cms c1-1.2.mp3.cms"
for who in rsa ec wraps agrees; do
	ok "$who opens the first part" opens $who archive/c1-1.1.mp3.cms one
	ok "$who opens the second" opens $who archive/c1-1.2.mp3.cms two
done
ok "nobody else does" not opens other archive/c1-1.1.mp3.cms one
ok "it says what it is" sh -c 'openssl asn1parse -inform DER \
    -in archive/c1-1.1.mp3.cms >asn1; grep -q authEnvelopedData asn1 &&
    grep -q rsaesOaep asn1 && grep -q stdDH-sha256kdf asn1 &&
    grep -q aes-256-gcm asn1 && ! grep -q sha1 asn1'
cp archive/c1-1.1.mp3.cms changed
printf 'XX' | dd of=changed bs=1 seek=20000 conv=notrunc 2>dd.err
ok "two other bytes are noticed" not plain rsa changed
is "nothing in clear is there" "$(grep -l 'alice\|Billing' archive/*)" ""
plain ec archive/c1-1.2.json.cms >json
is "the JSON object, opened" \
    "$(jq -c '[.object,.bytes,.sha256,.call.agent]' json)" \
    "[\"c1-1.2.mp3.cms\",30001,\"$(sum two)\",\"alice\"]"
valid "of the schema" json
is "the log has the hash of what is there, and of the recording" \
    "$(grep -c " uploaded destination=archive object=c1-1.1.mp3.cms bytes=$(
	wc -c <archive/c1-1.1.mp3.cms) sha256=$(
	sum archive/c1-1.1.mp3.cms) key=[^ ]* plain_bytes=30000 plain_sha256=$(
	sum one)\$" spool/audit.log)" 1
status "--check: all is there" 0 recupload -c up.ini -s spool --check -v
ok "two were asked for" grep -q '2 asked for, 0 missing, 0 differ' err
cp changed archive/c1-1.1.mp3.cms
status "--check: it is another" 1 recupload -c up.ini -s spool --check
ok "and says which" grep -q 'differs: c1: archive: c1-1.1.mp3.cms' out
status "--erase" 0 recupload -c up.ini -s spool --erase c1 --reason asked
is "--erase leaves nothing" "$(find archive spool -name '*c1*')" ""
recsweep --verify -s spool >/dev/null || not true
ok "the log is whole" recsweep --verify -s spool
call_folder c2 one
is "-n prints the name" "$(recupload -c up.ini -s spool -n)" \
    "c2-1.mp3: archive: archive/c2-1.1.mp3.cms"
status "--test" 0 recupload -c up.ini --test
ok "-n prints for whom it is encrypted" grep -Eq \
    '^archive: encrypted for: CN=rsa, RSA of 2048 bits, until [0-9TZ:-]*; CN=ec, EC of 256' out
rm -rf spool/upload/*

# --- a destination that fails: the same bytes at each try ---
ok "a server" server_python moody
cat >web.ini <<S
[upload]
to = web archive
on_stored = /bin/true
[destination web]
type = http
url = http://127.0.0.1:$port/in
name = {id}-{recording}.{part}.mp3
encrypt_to = rsa.pem
[destination archive]
type = directory
path = archive
name = {id}-{recording}.{part}.mp3
S
hours=0
again() { # an hour later each time
	hours=$((hours + 1))
	RECTOOLS_NOW=$(date -u -d "@$(($(date +%s) + hours * 3600))" \
	    +%Y-%m-%dT%H:%M:%SZ) recupload -c web.ini -s spool >out 2>err
}
at_web() { curl -s "http://127.0.0.1:$port/in/$1"; }
echo '503 0 0' >moody/mood
call_folder r1 one
again
is "503: it waits" "$?" 75
cms=$(echo spool/upload/*-r1/r1-1.mp3.*.web.cms)
ok "encrypted in its folder" opens rsa "$cms" one
made=$(sum "$cms")
is "upload.state has its hash and size" "$(jq -c '.deliveries[] |
    select(.destination == "web") | [.cipher_sha256, .cipher_bytes]' \
    spool/upload/*-r1/upload.state)" "[\"$made\",$(wc -c <"$cms")]"
is "the other destination has no ciphertext" \
    "$(find spool/upload -name '*.cms' | wc -l)" 1
again
is "again 503" "$?" 75
rm -f moody/mood
again
is "then it arrives" "$?" 0
is "the bytes that were made first" "$(at_web r1-1.1.mp3.cms | sha256sum |
    cut -d' ' -f1)" "$made"
is "once, under its name alone" "$(at_web r1-1.1.mp3)" ""
ok "in clear where it is so set" cmp one archive/r1-1.1.mp3
is "one line for each in the log" "$(grep -c ' r1 uploaded ' spool/audit.log)" 2

# --- not made again when the setting changes, but when the file is removed ---
echo '503 0 0' >moody/mood
call_folder r2 one
again
made=$(sum spool/upload/*-r2/r2-1.mp3.*.web.cms)
sed -i 's/rsa\.pem/ec.pem/' web.ini
rm -f moody/mood
again
is "another recipient: what was made before is sent" \
    "$(at_web r2-1.1.mp3.cms | sha256sum | cut -d' ' -f1)" "$made"
echo '503 0 0' >moody/mood
call_folder r3 one
again
rm spool/upload/*-r3/r3-1.mp3.*.web.cms moody/mood
again
is "removed by hand: it is made anew" "$?" 0
at_web r3-1.1.mp3.cms >away/r3
ok "and opens" opens ec away/r3 one
echo '503 0 0' >moody/mood
call_folder r4 one
again
printf X | dd of="$(echo spool/upload/*-r4/*.cms)" bs=1 seek=9000 \
    conv=notrunc 2>dd.err
rm moody/mood
again
is "changed on our disk: set aside" "$?" 1
ok "changed on our disk: set aside: the reason" grep -q 'r4-1\.mp3\.[0-9a-f]*\.web\.cms: was changed since' \
    spool/failed/*-r4/failed.ini
is "and is not there" "$(at_web r4-1.1.mp3.cms)" ""
rm spool/failed/*-r4/*.cms
recupload -s spool --retry r4
again
is "removed and tried again: it arrives" "$?" 0
call_folder r5 one
printf X | dd of="$(echo spool/upload/*-r5/r5-1.mp3)" bs=1 seek=9000 \
    conv=notrunc 2>dd.err
again
is "a recording that differs from its ticket" "$?" 1
ok "a recording that differs from its ticket: set aside" grep -q 'differs from its ticket' spool/failed/*-r5/failed.ini
is "and nothing was made of it" "$(find spool -name '*.cms*')" ""
rm -rf spool/failed/*

# --- a file is deleted once it arrived, while another destination is down ---
cat >two.ini <<S
[upload]
to = archive other
[destination archive]
type = directory
path = archive
encrypt_to = rsa.pem
metadata = yes
[destination other]
type = directory
path = other
encrypt_to = ec.pem
S
call_folder w1 one two
status "one of two is down" 75 recupload -c two.ini -s spool
is "what has arrived has no copy here" \
    "$(find spool/upload -name '*.mp3.*.archive.cms')" ""
is "the recordings are here" "$(find spool/upload -name '*.mp3' | wc -l)" 2
first=$(find archive -name 'w1*mp3.cms' -exec cat {} + | sha256sum)
mkdir other
recupload -s spool --retry w1
status "then it is there, too" 0 recupload -c two.ini -s spool
is "each arrived once" "$(grep -c ' w1 uploaded ' spool/audit.log)" 4
is "and the first is as it was" \
    "$(find archive -name 'w1*mp3.cms' -exec cat {} + | sha256sum)" "$first"
ok "it opens there" opens ec "$(find other -name 'w1-1.2*')" two

# --- a vCon ---
settings "ec.pem" >up.ini
echo "metadata = vcon" >>up.ini
CALL_FACTS='agent = alice' call_folder v1 one
status "a vCon" 0 recupload -c up.ini -s spool
plain ec archive/v1-1.1.vcon.cms >v1.vcon
is "has the hash of what is there" "$(jq -r '.dialog[0]|.mediatype,.content_hash' v1.vcon)" \
    "application/cms
sha512-$(openssl dgst -sha512 -binary archive/v1-1.1.mp3.cms | base64 -w0 | tr '+/' '-_' | tr -d '=')"
valid "is as the draft says" v1.vcon

# --- copies without a line in the log are erased, with or without encryption ---
tried() { # ENCRYPT_TO
	settings "$1" | grep -v 'encrypt_to = $' >up.ini
	recupload -s spool --retry archive 2>err
	recupload -c up.ini -s spool 2>err
}
erased() { # LABEL ENCRYPT_TO OBJECT: a try that failed by those settings
	rm -rf archive
	call_folder e1 one
	[ -z "${clear_first:-}" ] || tried ""
	tried "$2"
	ok "--erase: $1: it was tried" test -s spool/upload/*-e1/upload.state
	mkdir archive
	cp one "archive/$3" # a kill came before the log
	rm -f spool/upload/*-e1/*.cms
	settings "${4-$2}" | grep -v 'encrypt_to = $' >up.ini
	[ -z "${5:-}" ] || $5 spool/upload/*-e1/upload.state
	status "--erase: $1" 0 recupload -c up.ini -s spool --erase e1 --reason x
	is "--erase: $1: it is gone" "$(find archive spool/upload -name '*e1*')" ""
}
damage() { echo '{' >"$1"; }
erased "its ciphertext was removed by hand" rsa.pem e1-1.1.mp3.cms
erased "it was not encrypted then" "" e1-1.1.mp3 rsa.pem
clear_first=yes
erased "it was not encrypted at first" rsa.pem e1-1.1.mp3
clear_first=
erased "it was encrypted then" rsa.pem e1-1.1.mp3.cms ""
erased "upload.state was lost" rsa.pem e1-1.1.mp3.cms rsa.pem rm
erased "upload.state is damaged" rsa.pem e1-1.1.mp3.cms rsa.pem damage

# --- messages and the log ---
cat >hook <<'S'
#!/bin/sh
cat >"$(dirname "$0")/told"
S
chmod +x hook
sed -i "s|/bin/true|$T/hook|" web.ini
call_folder n1 one
again
is "on_stored has the ciphertext's hash" "$(jq -c '.files[0].destinations[] |
    select(.destination == "web") | [.object, .sha256]' told)" \
    "[\"n1-1.1.mp3.cms\",\"$(at_web n1-1.1.mp3.cms | sha256sum |
	cut -d' ' -f1)\"]"
is "and the recording's" "$(jq -r '.files[0].sha256' told)" "$(sum one)"
mv archive gone
call_folder n2 one
again
sed 's/^encrypt_to.*//; s/^path = archive/&\nencrypt_to = ec.pem/' web.ini >swap.ini
mv swap.ini web.ini
mkdir archive
recupload -s spool --retry n2
again
is "set otherwise after it arrived: it is reported as it was sent" "$(jq -c \
    '.files[0].destinations | map(.object)' told)" \
    '["n2-1.1.mp3.cms","n2-1.1.mp3.cms"]'

# --- a destination where recordings are played ---
printf token >token
chmod 600 token
cat >crm.ini <<S
[upload]
to = desk
[destination desk]
type = zendesk
url = http://127.0.0.1:$port
user = rec@example.com
token_file = $T/token
encrypt_to = rsa.pem
S
status "-t: a CRM can be meant" 0 recupload -c crm.ini -t
one_line "-t: but it says so" 'desk: encrypt_to: agents cannot play'
status "--test" 75 recupload -c crm.ini --test
ok "--test: reported" grep -q '^desk: caution: encrypt_to: agents cannot' out

# --- by hand ---
settings "rsa.pem" >up.ini
rm -rf archive/*
mkdir hand
cp one hand/h.mp3
status "--test: by hand" 0 recupload -c up.ini hand/h.mp3
is "says where it is" "$(cat out)" "archive/h-1.1.mp3.cms"
ok "encrypted" opens rsa archive/h-1.1.mp3.cms one
made=$(sum archive/h-1.1.mp3.cms)
status "a second time it is found" 0 recupload -c up.ini hand/h.mp3
is "the same" "$(sum archive/h-1.1.mp3.cms)" "$made"
status "--delete" 0 recupload -c up.ini --delete hand/h.mp3
is "leaves neither" "$(ls hand)" ""
rm archive/*
cp one hand/h.mp3
status "again, and it stays" 0 recupload -c up.ini hand/h.mp3
cp two hand/h.mp3
status "another recording under its name is not taken for it" 1 \
    recupload -c up.ini --delete hand/h.mp3
one_line "another recording under its name is not taken for it: reported" 'archive/h-1.1.mp3.cms: a different file of this name'
ok "it is still here" cmp two hand/h.mp3
sed -i 's/^name = .*/name = {file}/' up.ini
rm archive/*
cp one hand/f.mp3
status "a name that changes with it" 0 recupload -c up.ini hand/f.mp3
rm archive/* hand/h.mp3
cp two hand/f.mp3
status "a second recording" 0 recupload -c up.ini --delete hand/f.mp3
ok "is the one that arrives" opens rsa archive/f.mp3.cms two
settings "rsa.pem" >up.ini
rm -rf hand archive
mkdir hand archive
cp two hand/r.mp3
chmod 500 hand
if [ "$(id -u)" != 0 ]; then
	status "where nothing can be written" 75 recupload -c up.ini hand/r.mp3
	is "where nothing can be written: nothing is sent" "$(find archive -name 'r-*')" ""
fi
chmod 700 hand

# --- the manual's commands ---
example() { # N: that block of the section
	awk -v n="$1" '/^\.Ss / { on = $2 == "Encryption" }
	    on && /^\.Bd/ { k++; block = 1; next }
	    /^\.Ed/ { block = 0 }
	    on && block && k == n' "$ROOT/man/rec-upload.5" | sed 's/\\e$/\\/'
}
mkdir manual
example 1 >manual/make.sh
example 3 >manual/open.sh
ok "the manual makes a key" sh -c 'cd manual && sh -e make.sh'
settings manual/recordings.pem >up.ini
cp one hand/c1042.mp3
status "the manual's certificate will do" 0 \
    recupload -c up.ini hand/c1042.mp3
cp archive/c1042-1.1.mp3.cms manual
ok "the manual opens it" sh -c 'cd manual && sh -e open.sh &&
    cmp c1042-1.1.mp3 ../one'
is "the second block is of the settings" "$(example 2 | grep -c encrypt_to)" 1

# --- kill -9 at each step; faults of the disk ---
inject=$ROOT/build/inject
if [ -x "$inject" ] && "$inject" report kill write 99999 true; then
	settings "rsa.pem" >up.ini
	steps=write,fsync,rename,renameat,renameat2
	n=0 wrong='' early=0
	rm -rf spool
	recpolicy --init -s spool
	call_folder k1 small
	cp -a spool waits
	while n=$((n + 1)) && [ $n -lt 80 ]; do
		rm -rf spool archive
		mkdir archive
		cp -a waits spool
		"$inject" report kill $steps $n \
		    recupload -c up.ini -s spool >/dev/null 2>&1
		[ -s report ] || break
		found=$(find spool archive -name '*.cms' -not -name '.*' |
		    while read -r f; do sum "$f"; done | sort -u)
		[ "$(echo "$found" | wc -l)" -le 1 ] ||
		    wrong="$wrong $n: two;"
		[ -z "$found" ] || early=$((early + 1))
		recupload -c up.ini -s spool >out 2>err ||
		    wrong="$wrong $n: $(cat err);"
		[ "$(echo archive/*)" = archive/k1-1.1.mp3.cms ] ||
		    wrong="$wrong $n: $(echo archive/*);"
		opens rsa archive/k1-1.1.mp3.cms small >/dev/null 2>&1 ||
		    wrong="$wrong $n: does not open;"
		got=$(sum archive/k1-1.1.mp3.cms)
		[ -z "$found" ] || [ "$got" = "$found" ] ||
		    wrong="$wrong $n: a second one;"
		grep -q " uploaded .* sha256=$got " spool/audit.log ||
		    wrong="$wrong $n: the log;"
		# recsweep deletes folders that are being removed.
		[ "$(find spool -name '*k1*' -not -path 'spool/tmp/*')" = "" ] ||
		    wrong="$wrong $n: left;"
	done
	ok "kill -9: there were steps ($n, $early with a ciphertext)" \
	    test $n -gt 15 -a $early -gt 5 -a $n -lt 80
	is "kill -9 before each: whole, one, and the same" "$wrong" ""

	# A call that fails once may be repeated; then all must be right.
	wrong='' failed=0
	for what in "ENOSPC write 1+" "ENOSPC write 3+" "EIO write 1" \
	    "EIO write 2" "EIO write 3" "EIO write 4" "EIO write 5" \
	    "EIO fsync 1" "EIO fsync 2"; do
		rm -rf spool archive
		mkdir archive
		cp -a waits spool
		# shellcheck disable=SC2086
		if "$inject" report fail $what recupload -c up.ini -s spool \
		    >out 2>err; then
			opens rsa archive/k1-1.1.mp3.cms small ||
			    wrong="$wrong $what: does not open;"
			continue
		fi
		failed=$((failed + 1))
		[ "$(find archive -type f)" = "" ] || wrong="$wrong $what: sent;"
		find spool -name '*.cms*' >made
		while read -r f; do # made before the fault
			opens rsa "$f" small || wrong="$wrong $what: $f;"
		done <made
		RECTOOLS_NOW=$(day 1) recupload -c up.ini -s spool >out 2>err ||
		    wrong="$wrong $what: then $(cat err);"
		opens rsa archive/k1-1.1.mp3.cms small >/dev/null 2>&1 ||
		    wrong="$wrong $what: does not open;"
	done
	is "the disk fails while it is made: nothing half is left or sent" \
	    "$wrong" ""
	ok "it did fail ($failed)" test $failed -ge 4
else
	skip "kill -9 at each step" "no ptrace here"
fi
done_testing
