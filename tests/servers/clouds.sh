# The object stores of the clouds for the tests: after tests/servers/lib.sh:
# . this file.
# shellcheck shell=sh

# The answers to the body of a recording (see matrix.sh); only 413 means that the
# recording itself is at fault.
cloud_matrix() {
	matrix "429, Retry-After 120" arrives '429 .too many' put/answer/429/120 until
	matrix "503, Retry-After 120" arrives '503 .busy' put/answer/503/120 3
	matrix "500" arrives 'answered 500' put/answer/500 until
	matrix "507 disk full" arrives 'disk is full' put/answer/507 until
	matrix "401 for a while" arrives 'answered 401 .*refused' put/answer/401 until
	matrix "404" arrives 'there is no such (bucket|container)' put/answer/404 until
	matrix "301" arrives 'a redirect is not followed' put/answer/301 until
	matrix "413" failed 'too large' put/answer/413 until
	matrix "429 before the body" arrives '429' put/early/429/120 until
	matrix "413 before the body" failed 'too large' put/early/413 until
	matrix "body: reset half-way" arrives - put/reset/50000 once
	matrix "body: closed half-way" arrives - put/close/50000 3
	matrix "body: answer lost" arrives - put/swallow/50000 once
	matrix "body: answer lost, 3 times" arrives - put/swallow/50000 3
	matrix "body: hangs" arrives - put/hang/50000 once
}
# cloud_change begin|end SED-SCRIPT: changes up.ini for one row of the table.
cloud_change() {
	case $1 in
	begin)
		cp up.ini up.good
		sed "$2" up.good >up.ini
		;;
	end) cp up.good up.ini ;;
	esac
}

# server_radosgw DIR [PORT]: the object gateway of Ceph over one monitor and
# one OSD in memory, in about 2 s. Key: AKTEST, $server_secret. No bucket yet:
# server_s3 PUT NAME. With TLS at $rgw_tls, where DIR/srv.pem is (server_ca).
server_radosgw() {
	rgw_dir=$1
	mkdir -p "$1/mon" "$1/osd" "$1/run"
	port=${2:-$(server_port)}
	rgw_port=$port
	rgw_mon=$(server_port)
	rgw_tls=
	[ ! -s "$1/srv.pem" ] || rgw_tls=$(server_port)
	rgw_fsid=$(cat /proc/sys/kernel/random/uuid)
	cat >"$1/ceph.conf" <<-X
	[global]
	fsid = $rgw_fsid
	mon host = v2:127.0.0.1:$rgw_mon
	public addr = 127.0.0.1
	cluster addr = 127.0.0.1
	keyring = $1/keyring
	run dir = $1/run
	admin socket = $1/run/\$name.\$pid.asok
	log file = $1/\$name.log
	mon cluster log file = $1/cluster.log
	crash dir = $1/run
	osd pool default size = 1
	osd pool default min size = 1
	osd pool default pg num = 1
	osd pool default pgp num = 1
	osd pool default pg autoscale mode = off
	osd crush chooseleaf type = 0
	mon allow pool size one = true
	mon warn on pool no redundancy = false
	mon max pg per osd = 1000
	ms initial backoff = 0.05
	auth allow insecure global id reclaim = false
	[mon.a]
	mon data = $1/mon
	mon data avail crit = 1
	mon data avail warn = 1
	paxos propose interval = 0.1
	paxos min wait = 0.02
	[osd.0]
	osd data = $1/osd
	osd objectstore = memstore
	memstore device bytes = 2147483648
	osd class update on start = false
	[client.rgw]
	rgw frontends = beast endpoint=127.0.0.1:$port${rgw_tls:+ ssl_endpoint=127.0.0.1:$rgw_tls ssl_certificate=$1/srv.pem ssl_private_key=$1/srv.key}
	rgw enable usage log = false
	rgw dynamic resharding = false
	rgw enable gc threads = false
	rgw enable lc threads = false
	rgw enable quota threads = false
	rgw bucket quota ttl = 0
	rgw thread pool size = 32
	rgw override bucket index max shards = 1
	X
	for rgw_name in mon. client.admin osd.0 client.rgw; do
		rgw_key=$(ceph-authtool --gen-print-key)
		printf '[%s]\n\tkey = %s\n' "$rgw_name" "$rgw_key"
		[ "$rgw_name" = osd.0 ] && rgw_osd_key=$rgw_key
		case $rgw_name in
		mon.) echo '	caps mon = "allow *"' ;;
		osd.0) echo '	caps mon = "allow profile osd"
	caps osd = "allow *"' ;;
		*) echo '	caps mon = "allow *"
	caps osd = "allow *"' ;;
		esac
	done >"$1/keyring"
	rgw_try() { # LOG COMMAND...
		rgw_log=$1
		shift
		"$@" >"$rgw_log" 2>&1 || {
			sed 's/^/# /' "$rgw_log"
			return 1
		}
	}
	rgw_try "$1/monmap.out" monmaptool --create --fsid "$rgw_fsid" \
	    --addv a "[v2:127.0.0.1:$rgw_mon]" "$1/monmap" || return 1
	rgw_try "$1/mkfs" ceph-mon -c "$1/ceph.conf" --mkfs -i a \
	    --monmap "$1/monmap" --keyring "$1/keyring" || return 1
	ceph-mon -f -c "$1/ceph.conf" -i a >"$1/mon.out" 2>&1 &
	server_pids="$server_pids $!"
	rgw_try "$1/new" ceph -c "$1/ceph.conf" --connect-timeout 30 \
	    osd new "$rgw_fsid" 0 || return 1
	rgw_try "$1/mkfs" ceph-osd -c "$1/ceph.conf" --mkfs -i 0 \
	    --osd-uuid "$rgw_fsid" || return 1
	ceph-osd -f -c "$1/ceph.conf" -i 0 >"$1/osd.out" 2>&1 &
	server_pids="$server_pids $!"
	rgw_try "$1/user" radosgw-admin -c "$1/ceph.conf" -n client.rgw \
	    user create --uid test --display-name test --access-key AKTEST \
	    --secret "$server_secret" || return 1
	server_start "$1/rgw.out" radosgw -f -c "$1/ceph.conf" -n client.rgw
}
# server_sts DIR: another gateway to the same store, which issues temporary
# credentials (STS) and accepts them. Sets $port and $pid.
server_sts() {
	port=$(server_port)
	server_start "$1/sts.out" radosgw -f -c "$1/ceph.conf" -n client.rgw \
	    --rgw-frontends "beast endpoint=127.0.0.1:$port" \
	    --log-file "$1/sts.log" \
	    --rgw-sts-key abcdefghijklmnop --rgw-s3-auth-use-sts true
}
# server_s3 METHOD PATH [CURL-OPTION...]: a request to it, signed, by curl.
server_s3() {
	rgw_method=$1 rgw_path=$2
	shift 2
	curl -s --aws-sigv4 aws:amz:us-east-1:s3 -u "AKTEST:$server_secret" \
	    -H "x-amz-content-sha256: UNSIGNED-PAYLOAD" -X "$rgw_method" \
	    "$@" "http://127.0.0.1:$rgw_port/$rgw_path"
}

# server_azurite DIR [PORT]: Azure's Blob storage by Azurite. The account
# devstoreaccount1 has the key in DIR/key.
azurite=$(command -v azurite-blob ||
    echo "${XDG_CACHE_HOME:-$HOME/.cache}/rectools/npm/node_modules/.bin/azurite-blob")
server_azurite() {
	mkdir -p "$1/data"
	port=${2:-$(server_port)}
	azure_key=$(printf %s "$server_secret" | base64 -w 0)
	printf '%s\n' "$azure_key" >"$1/key"
	chmod 600 "$1/key"
	AZURITE_ACCOUNTS=devstoreaccount1:$azure_key
	export AZURITE_ACCOUNTS
	azure_tls=
	[ ! -s "$1/srv.pem" ] || azure_tls="--cert $1/srv.pem --key $1/srv.key"
	# shellcheck disable=SC2086
	server_start "$1/log" "$azurite" --blobHost 127.0.0.1 \
	    --blobPort "$port" -l "$1/data" --silent --disableTelemetry \
	    $azure_tls
}
# azure_sas CONTAINER RIGHTS SECONDS: a signature for a container, from
# "Create a service SAS", version 2020-12-06.
azure_sas() {
	python3 - "$azure_key" "$1" "$2" "$3" <<-'P'
	import base64, hashlib, hmac, sys, time, urllib.parse
	key, container, rights, seconds = sys.argv[1:]
	end = time.strftime("%Y-%m-%dT%H:%M:%SZ",
	                    time.gmtime(time.time() + int(seconds)))
	version = "2020-12-06"
	fields = [rights, "", end, "/blob/devstoreaccount1/" + container, "", "",
	          "", version, "c", "", "", "", "", "", "", ""]
	text = "\n".join(fields)
	sign = base64.b64encode(hmac.new(base64.b64decode(key), text.encode(),
	                                 hashlib.sha256).digest())
	print(urllib.parse.urlencode({"sv": version, "se": end, "sr": "c",
	                              "sp": rights, "sig": sign}))
	P
}
# server_azure METHOD PATH [CURL-OPTION...]: a request to the Azurite at
# $azure_port, signed by the account's key, by curl.
server_azure() {
	azure_date=$(date -u '+%a, %d %b %Y %H:%M:%S GMT')
	azure_url=http://127.0.0.1:$azure_port/devstoreaccount1/$2
	azure_login=$(python3 - "$azure_key" "$1" "$azure_date" \
	    "/devstoreaccount1/$2" <<-'P'
	import base64, hashlib, hmac, sys
	key, method, date, path = sys.argv[1:]
	path, _, query = path.partition("?")
	text = "\n".join([method] + [""] * 11 + [
	    "x-ms-date:" + date, "x-ms-version:2021-12-02",
	    "/devstoreaccount1" + path] +
	    [q.replace("=", ":") for q in sorted(query.split("&")) if q])
	print("SharedKey devstoreaccount1:" + base64.b64encode(hmac.new(
	    base64.b64decode(key), text.encode(), hashlib.sha256).digest()
	    ).decode())
	P
	)
	azure_method=$1
	shift 2
	curl -s -X "$azure_method" -H 'x-ms-version: 2021-12-02' \
	    -H "x-ms-date: $azure_date" -H "Authorization: $azure_login" \
	    -H 'Content-Length:' "$@" "$azure_url"
}

# server_gcs DIR: our model of Google Cloud Storage. DIR/account.json is
# the service account's key, DIR/key the secret of the HMAC key GOOGTEST.
server_gcs() {
	mkdir -p "$1"
	[ -s "$1/rsa.pem" ] ||
	    openssl genrsa -out "$1/rsa.pem" 2048 2>/dev/null || return 1
	GCS_SECRET=$server_secret
	GCS_MODULUS=$(openssl rsa -in "$1/rsa.pem" -noout -modulus)
	GCS_MODULUS=${GCS_MODULUS#Modulus=}
	export GCS_SECRET GCS_MODULUS
	rm -f "$1/port"
	python3 "$ROOT/tests/servers/gcs.py" "$1/port" 2>"$1/log" &
	pid=$!
	server_pids="$server_pids $pid"
	wait_for test -s "$1/port" || return 1
	port=$(cat "$1/port")
	gcs_port=$port
	printf '%s\n' "$server_secret" >"$1/key"
	gcs_account "$1/account.json" "$1/rsa.pem" "$port"
	chmod 600 "$1/key"
}
# server_google METHOD PATH [CURL-OPTION...]: a request to it, signed, by curl.
server_google() {
	gcs_method=$1 gcs_path=$2
	shift 2
	curl -s --aws-sigv4 goog:goog:auto:storage \
	    -u "GOOGTEST:$server_secret" \
	    -H "x-goog-content-sha256: UNSIGNED-PAYLOAD" -X "$gcs_method" \
	    "$@" "http://127.0.0.1:$gcs_port/$gcs_path"
}
# gcs_account FILE PEM PORT: the JSON key as the console makes it.
gcs_account() {
	python3 - "$2" "$3" >"$1" <<-'P'
	import json, sys
	print(json.dumps({
	    "type": "service_account", "project_id": "test",
	    "private_key_id": "1", "private_key": open(sys.argv[1]).read(),
	    "client_email": "rec@test.iam", "client_id": "1",
	    "token_uri": f"http://127.0.0.1:{sys.argv[2]}/token"}, indent=2))
	P
	chmod 600 "$1"
}
