#!/bin/sh
# 500 recordings of 100 kB, by hand: to a directory, compared with cp and rsync, then
# to nginx with TLS, compared with curl -T on one reused connection. The peers
# neither check first, nor read back, nor sync to the disk; recupload does all three.
set -eu
. "$(dirname "$0")/lib.sh"
cd "$W"
count=${COUNT:-500}
mkdir src
i=0
while [ $i -lt "$count" ]; do
	i=$((i + 1))
	head -c 100000 /dev/urandom >src/r$i.mp3
done
find src -type f >list
printf '[upload]\nto = a\n[destination a]\ntype = directory\npath = ours\ncreate = yes\nname = {file}\n' >dir.ini
ours='rm -rf ours; xargs recupload -c dir.ini <list'
pairs "recupload: $count x 100 kB, directory, cp" 5 "$ours" \
    'rm -rf peer; mkdir peer; xargs cp -t peer <list'
pairs "recupload: $count x 100 kB, directory, cp + sync" 5 "$ours" \
    'rm -rf peer; mkdir peer; xargs cp -t peer <list; cd peer; ls | xargs sync; sync .; cd ..; xargs sha256sum <list; sha256sum peer/*'

dav=/usr/lib/nginx/modules/ngx_http_dav_ext_module.so
[ -e $dav ] || exit 0
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost \
    -addext subjectAltName=DNS:localhost -keyout key -out ca 2>/dev/null
port=$(python3 -c 'import socket
s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
mkdir -p www/ours www/peer temp
chmod 755 "$W"
cat >nginx.conf <<X
load_module $dav;
daemon off;
master_process off;
pid $W/nginx.pid;
error_log $W/error.log;
events { }
http {
	access_log off;
	keepalive_requests 100000;
	client_body_temp_path $W/temp; proxy_temp_path $W/temp;
	fastcgi_temp_path $W/temp; uwsgi_temp_path $W/temp;
	scgi_temp_path $W/temp;
	server {
		listen 127.0.0.1:$port ssl;
		ssl_certificate $W/ca;
		ssl_certificate_key $W/key;
		root $W/www;
		client_max_body_size 1g;
		dav_methods PUT DELETE MKCOL COPY MOVE;
		dav_ext_methods PROPFIND OPTIONS;
	}
}
X
nginx -c "$W/nginx.conf" -p "$W" 2>nginx.err &
server=$!
trap 'kill $server; wait $server || :; rm -rf "$W"' EXIT
until curl -s --cacert ca "https://localhost:$port/" >/dev/null; do
	sleep 0.1
done
cat >dav.ini <<X
[upload]
to = a
[destination a]
type = webdav
url = https://localhost:$port/ours
ca_file = $W/ca
name = {file}
X
pairs "recupload: $count x 100 kB, nginx, curl -T" 5 \
    'rm -f www/ours/*; xargs recupload -c dav.ini <list' \
    "rm -f www/peer/*; curl -sf --cacert ca -T '{$(paste -sd, list)}' https://localhost:$port/peer/"
# recupload's requests, by curl: check, send, read back.
sed 's|.*/||' list >names
u=https://localhost:$port/peer
{
	sed "s|.*|head\nurl = $u/&|; s|\$|\nsilent\ncacert = ca\nnext|" names
	sed "s|.*|upload-file = src/&\nurl = $u/&\nsilent\ncacert = ca\nnext|" names
	sed "s|.*|url = $u/&\noutput = /dev/null\nsilent\ncacert = ca\nnext|" names
} | sed '$d' >curlrc
pairs "recupload: nginx, curl HEAD + PUT + GET" 5 \
    'rm -f www/ours/*; xargs recupload -c dav.ini <list' \
    'rm -f www/peer/*; curl -K curlrc >/dev/null'
command -v rclone >/dev/null || exit 0
pairs "recupload: nginx, rclone copy, 4 at a time" 5 \
    'rm -f www/ours/*; xargs recupload -c dav.ini <list' \
    "rm -f www/peer/*; rclone --config /dev/null --ca-cert ca --webdav-url https://localhost:$port --webdav-vendor other copy src :webdav:peer"
