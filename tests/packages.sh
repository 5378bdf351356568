#!/bin/sh
# packages.sh build|check|deb|bench|ci|html: names the packages that are missing for
# that purpose and installs them, if this machine has a package manager we know.
set -eu

# What is needed, and the Debian/Ubuntu package that has it. A name with a
# slash is a file, .h a header, .so a library, sox=X a format that SoX has,
# others are commands.
build='cc:gcc stdio.h:libc6-dev make:make ini.h:libinih-dev lame/lame.h:libmp3lame-dev
sndfile.h:libsndfile1-dev vorbis/codec.h:libvorbis-dev curl/curl.h:libcurl4-openssl-dev
soxr.h:libsoxr-dev jansson.h:libjansson-dev openssl/evp.h:libssl-dev
unicode/utrans.h:libicu-dev
pcap/pcap.h:libpcap-dev spandsp.h:libspandsp-dev bcg729/decoder.h:libbcg729-dev
opus/opus.h:libopus-dev opencore-amrnb/interf_dec.h:libopencore-amrnb-dev
/etc/ssl/certs/ca-certificates.crt:ca-certificates
sox:sox mpg123:mpg123
/usr/share/asterisk/sounds/en_US_f_Allison/digits/1.wav:asterisk-core-sounds-en-wav'
check="$build cmocka.h:libcmocka-dev /usr/share/zoneinfo/tzdata.zi:tzdata prove:perl ffmpeg:ffmpeg lame:lame
mp3val:mp3val xz:xz-utils jq:jq curl:curl openssl:openssl mandoc:mandoc python3:python3
/usr/lib/python3/dist-packages/jsonschema/__init__.py:python3-jsonschema
zsh:zsh fish:fish codespell:codespell
strace:strace eatmydata:eatmydata mkfs.ext4:e2fsprogs nginx:nginx-light /usr/sbin/sshd:openssh-server
ssh-keygen:openssh-client vsftpd:vsftpd
/usr/share/nginx/modules-available/mod-http-dav-ext.conf:libnginx-mod-http-dav-ext"
deb="$build cmocka.h:libcmocka-dev prove:perl dpkg-buildpackage:dpkg-dev
/usr/share/build-essential/list:build-essential
dh:debhelper fakeroot:fakeroot git:git"
# Servers for recordings: tests/recupload-servers.t.
servers='apache2:apache2-bin lighttpd:lighttpd /usr/lib/lighttpd/mod_webdav.so:lighttpd-mod-webdav
/usr/lib/lighttpd/mod_openssl.so:lighttpd-mod-openssl rclone:rclone'
# Servers in place of the clouds: tests/servers/clouds.sh.
clouds='radosgw:radosgw ceph-mon:ceph-mon ceph-osd:ceph-osd ceph:ceph-common
faketime:faketime node:nodejs npm:npm'
bench="$check rsync:rsync $clouds sox:sox sox=mp3:libsox-fmt-mp3 mp3splt:mp3splt rclone:rclone s3cmd:s3cmd
aws:awscli sqlite3:sqlite3"
azurite=azurite@3.35.0
ci="$check $deb $clouds $servers debootstrap:debootstrap systemd-nspawn:systemd-container lintian:lintian
systemd-analyze:systemd parallel:parallel slurmctld:slurmctld slurmd:slurmd
sbatch:slurm-client munged:munge ps:procps musl-gcc:musl-tools promtool:prometheus logrotate:logrotate
libnss_wrapper.so:libnss-wrapper libpam_wrapper.so:libpam-wrapper
clang:clang clang-tidy:clang-tidy clang-format:clang-format
shellcheck:shellcheck valgrind:valgrind
/usr/lib/python3/dist-packages/yaml/__init__.py:python3-yaml"

fedora='gcc make inih-devel lame-devel libsndfile-devel libvorbis-devel libcurl-devel
soxr-devel jansson-devel libicu-devel openssl-devel libpcap-devel spandsp-devel
bcg729-devel opus-devel opencore-amr-devel
tzdata sox mpg123 libcmocka-devel perl-Test-Harness
ffmpeg-free lame mp3val jq curl openssl mandoc python3 python3-jsonschema strace nginx openssh-server vsftpd'
alpine='build-base linux-headers inih-dev lame-dev libsndfile-dev libvorbis-dev curl-dev
soxr-dev jansson-dev icu-dev icu-data-full openssl-dev libpcap-dev spandsp-dev
bcg729-dev opus-dev opencore-amr-dev
sox mpg123 cmocka-dev perl-utils ffmpeg lame
jq curl openssl mandoc python3 py3-jsonschema strace nginx nginx-mod-http-dav-ext openssh
vsftpd'
brew='inih lame libsndfile libvorbis curl libsoxr jansson icu4c openssl spandsp bcg729 opus opencore-amr
sox mpg123 cmocka
ffmpeg mp3val jq mandoc'

present() {
	case $1 in
	/*) [ -e "$1" ] ;;
	*.so) [ -n "$(find /usr/lib /usr/lib64 -maxdepth 2 -name "$1" \
	    2>/dev/null | head -n 1)" ] ;;
	*.h) found=
		for d in /usr/include /usr/local/include /usr/include/*-linux-gnu
		do [ ! -e "$d/$1" ] || found=1; done
		[ -n "$found" ] ;;
	# In a directory whose name has the architecture in it.
	sox=*) sox --help 2>/dev/null |
		grep -q "^AUDIO FILE FORMATS:.* ${1#sox=} " ;;
	*) command -v "$1" >/dev/null 2>&1 || [ -x "/usr/sbin/$1" ] ;;
	esac
}

case ${1:-} in
build) want=$build ;;
check) want=$check ;;
deb) want=$deb ;;
bench) want=$bench ;;
ci) want=$ci ;;
html) want=mandoc:mandoc ;;
*) echo "usage: packages.sh build|check|deb|bench|ci|html" >&2; exit 2 ;;
esac
[ "$1" != check ] || [ -z "${CI:-}" ] || want=$ci

# Azurite, which no distribution has: from npm, into a cache of the user's own.
from_npm() {
	[ "$want" = "$ci" ] || return 0
	cache=${XDG_CACHE_HOME:-$HOME/.cache}/rectools/npm
	if command -v azurite-blob >/dev/null 2>&1 ||
	    [ -x "$cache/node_modules/.bin/azurite-blob" ]; then
		return 0
	fi
	echo "installing $azurite with npm in $cache" >&2
	mkdir -p "$cache"
	npm install --silent --no-audit --no-fund --prefix "$cache" "$azurite" >&2
}

# Waits while another program of apt runs, such as the upgrade at night: apt's own
# option waits for the lock of dpkg, but not for those of lists and archives.
sudo=
[ "$(id -u)" = 0 ] || sudo=sudo
apt_get() {
	log=$(mktemp)
	for _ in $(seq 120); do
		if $sudo env DEBIAN_FRONTEND=noninteractive LC_ALL=C apt-get \
		    -o DPkg::Lock::Timeout=600 "$@" >"$log" 2>&1; then
			rm -f "$log"
			return 0
		fi
		grep -q 'Could not get lock' "$log" || break
		sleep 5
	done
	cat "$log" >&2
	rm -f "$log"
	echo "packages.sh: apt-get $1 failed" >&2
	return 1
}

# unpack DIR PACKAGE...: into the user's cache, without its services.
unpack() {
	cache=${XDG_CACHE_HOME:-$HOME/.cache}/rectools/$1
	shift
	echo "unpacking $* in $cache" >&2
	dir=$(mktemp -d)
	mkdir -p "$cache"
	(
		cd "$dir"
		apt-get download "$@"
		for file in ./*.deb; do dpkg -x "$file" "$cache"; done
	) >&2
	rm -rf "$dir"
}

# ProFTPD and Pure-FTPd exclude vsftpd, and each other, as packages: only what
# they depend on is installed. node_exporter would start.
from_debian() {
	[ "$want" = "$ci" ] && command -v apt-get >/dev/null 2>&1 || return 0
	cache=${XDG_CACHE_HOME:-$HOME/.cache}/rectools
	[ -x "$cache/prometheus/usr/bin/prometheus-node-exporter" ] ||
		unpack prometheus prometheus-node-exporter
	cache=${XDG_CACHE_HOME:-$HOME/.cache}/rectools/ftp
	[ ! -x "$cache/usr/sbin/proftpd" ] || [ ! -x "$cache/usr/sbin/pure-ftpd" ] ||
		return 0
	unpack ftp proftpd-core proftpd-mod-crypto pure-ftpd pure-ftpd-common
	# shellcheck disable=SC2046,SC2086
	apt_get install -y --no-install-recommends \
	    $(apt-cache depends proftpd-core pure-ftpd |
		sed -n 's/^ *Depends: \(lib[a-z0-9.+-]*\)$/\1/p' | sort -u)
}

missing=
for pair in $want; do
	present "${pair%%:*}" || missing="$missing ${pair#*:}"
done
if [ -z "$missing" ]; then
	from_debian
	from_npm
	exit 0
fi
echo "missing packages:$missing" >&2

if command -v apt-get >/dev/null 2>&1; then
	echo "installing them with ${sudo:+sudo }apt-get" >&2
	# shellcheck disable=SC2086
	apt_get update && apt_get install -y --no-install-recommends $missing ||
		exit 1
	from_debian
	from_npm
	exit 0
fi
echo "Install them with your package manager, then run make again:" >&2
if command -v dnf >/dev/null 2>&1; then
	echo "  ${sudo:+sudo }dnf install" $fedora
elif command -v apk >/dev/null 2>&1; then
	echo "  ${sudo:+sudo }apk add" $alpine
elif command -v brew >/dev/null 2>&1; then
	echo "  brew install" $brew
else
	echo "  (Debian's names) $missing"
fi >&2
exit 1
