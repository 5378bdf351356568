#!/bin/sh
# recupload --erase at each kind of server: uploaded objects and their older versions
# are deleted; what the server keeps is listed with its reason.
. "$(dirname "$0")/lib.sh"
. "$ROOT/tests/servers/lib.sh"
. "$ROOT/tests/servers/matrix.sh"
. "$ROOT/tests/servers/clouds.sh"
cd "$T" || exit 1
for tool in python3 openssl curl; do
	have $tool && continue
	skip "--erase at servers" "$tool is not installed"
	done_testing
done
head -c 3000 /dev/urandom >one
head -c 3001 /dev/urandom >two
printf '%s\n' "$server_secret" >key
printf '%s\n' "$server_secret" >password
chmod 600 key password
export RECTOOLS_NOW=2026-11-22T12:00:00Z
recpolicy --init -s spool
# settings TYPE URL: more lines on stdin.
settings() {
	cat <<-X
	[upload]
	to = box
	[destination box]
	type = $1
	url = $2
	name = calls/{id}-{recording}.{part}.mp3
	connect_timeout = 2
	stall_timeout = 2
	X
	cat
}
erase() { recupload -c up.ini -s spool --erase "$@" --reason test; }
check() { recupload -c up.ini -s spool --check | grep ": $1: " | cut -d: -f1 | sort | uniq -c | tr -s ' '; }
deliver() {
	call_folder "$1" one two
	recupload -c up.ini -s spool
}
# trial NAME: two calls are uploaded, one is erased.
trial() {
	status "$1: two calls" 0 deliver "$1-a"
	deliver "$1-b"
	cp spool/audit.log log
	status "$1: a dry run" 0 erase "$1-a" --dry-run
	status "$1: erased" 0 erase "$1-a"
	is "$1: silent" "$(cat err)" ""
	is "$1: both parts" "$(grep -c '^erased: box: ' out)" 2
	cp log spool/audit.log # as if nobody had erased it
	is "$1: are not there any more" "$(check "$1-a")" " 2 missing"
	is "$1: but the other call is" "$(check "$1-b")" ""
	status "$1: what is not there is erased" 0 erase "$1-a"
	rm spool/audit.log
}

# --- S3 ---
if have radosgw && have ceph-mon && server_radosgw "$T/rgw"; then
	for bucket in plain versions locked; do
		# shellcheck disable=SC2046 # none, or two words
		server_s3 PUT $bucket $([ $bucket != locked ] ||
		    echo '-H x-amz-bucket-object-lock-enabled:true')
	done
	printf 'region = eu-test-1\naccess_key = AKTEST\nsecret_key_file = %s\n' "$T/key" >s3.add
	settings s3 "http://127.0.0.1:$rgw_port/plain" <s3.add >up.ini
	trial s3
	server_s3 PUT 'versions?versioning=' --data '<VersioningConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Status>Enabled</Status></VersioningConfiguration>'
	settings s3 "http://127.0.0.1:$rgw_port/versions" <s3.add >up.ini
	trial s3-versions
	deliver v0
	server_s3 DELETE versions/calls/v0-1.1.mp3 # by somebody: a marker
	status "s3-versions: under a delete marker" 0 erase v0
	is "s3-versions: no version is left but the other call's" \
	    "$(server_s3 GET 'versions?versions=' | grep -o '<Key>[^<]*' | sort | tr '\n' ' ')" \
	    "<Key>calls/s3-versions-b-1.1.mp3 <Key>calls/s3-versions-b-1.2.mp3 "
	server_s3 PUT 'locked?object-lock=' --data '<ObjectLockConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule><DefaultRetention><Mode>COMPLIANCE</Mode><Days>1</Days></DefaultRetention></Rule></ObjectLockConfiguration>'
	settings s3 "http://127.0.0.1:$rgw_port/locked" <s3.add >up.ini
	deliver l1
	status "s3: under a retention" 1 erase l1
	is "s3: is listed with its reason" "$(grep -c '^kept: box: .*l1-1.[12].mp3: .*AccessDenied\|^kept: box: .*l1-1.[12].mp3: .*retention' out)" 2
	rm spool/audit.log
else
	skip "--erase at S3" "radosgw is not installed"
fi

# --- Azure ---
if have "$azurite" && server_azurite "$T/az"; then
	azure_port=$port
	server_azure PUT 'rec?restype=container' -f
	printf 'account = devstoreaccount1\naccount_key_file = %s\n' "$T/az/key" |
	    settings azure "http://127.0.0.1:$azure_port/devstoreaccount1/rec" >up.ini
	trial azure
else
	skip "--erase at Azure" "Azurite is not installed"
fi

# --- Google Cloud Storage ---
server_ca "$T/gcs"
ok "gcs: the server starts" server_gcs "$T/gcs"
echo "service_account_file = $T/gcs/account.json" |
    settings gcs "http://127.0.0.1:$gcs_port/rec" >up.ini
trial gcs

# --- files ---
if have sshd && have ssh-keygen && mkdir box && server_sshd "$T/ssh"; then
	printf 'user = %s\nkey_file = %s\nknown_hosts = %s\n' "$(id -un)" \
	    "$T/ssh/id" "$T/ssh/known_hosts" |
	    settings sftp "sftp://127.0.0.1:$port$T/box" >up.ini
	trial sftp
else
	skip "--erase by SFTP" "sshd is not installed"
fi
if have nginx && [ -e /usr/lib/nginx/modules/ngx_http_dav_ext_module.so ]; then
	server_max=1m
	ok "webdav: nginx starts" server_nginx "$T/dav"
	mkdir -p dav/www/rec
	printf 'user = rec\npassword_file = %s\nca_file = %s\nmetadata = yes\n' \
	    "$T/password" "$T/dav/ca.pem" |
	    settings webdav "https://localhost:$port/rec" >up.ini
	trial webdav
	is "webdav: nor what was beside it" "$(find dav -name 'webdav-a*')" ""
else
	skip "--erase by WebDAV" "nginx is not installed"
fi
if have vsftpd; then
	ok "ftps: vsftpd starts" server_vsftpd "$T/ftp"
	mkdir ftp/root/in/calls
	chown "$(stat -c %u ftp/root/in)" ftp/root/in/calls
	printf 'parallel = 1\nuser = ftp\npassword_file = %s\nca_file = %s\n' \
	    "$T/password" "$T/ftp/ca.pem" |
	    settings ftps "ftp://localhost:$port/in" >up.ini
	trial ftps
else
	skip "--erase by FTPS" "vsftpd is not installed"
fi
done_testing
