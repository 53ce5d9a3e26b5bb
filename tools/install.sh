#!/bin/sh
# install.sh build|check -- installs the Debian packages that are missing, with sudo where not root.
# docs/dependencies.md says why each is there.
set -eu
build='gcc libc6-dev make pkg-config libcurl4-openssl-dev libexpat1-dev libmicrohttpd-dev
	libsqlite3-dev libssl-dev'
check='awscli clang clang-format cppcheck curl g++ libclang-rt-14-dev libjansson-dev man-db openssl
	python3-boto3'
# Node.js from elsewhere brings its own npm, and may not go together with Debian's.
command -v npm >/dev/null || check="$check nodejs npm"
case ${1-} in
build) wanted=$build ;;
check) wanted="$build $check" ;;
*) echo "usage: install.sh build|check" >&2; exit 2 ;;
esac
missing=
for package in $wanted; do
	dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' ||
		missing="$missing $package"
done
[ -z "$missing" ] && exit 0
echo "installing:$missing"
if [ "$(id -u)" = 0 ]; then
	root=
elif command -v sudo >/dev/null; then
	root=sudo
else
	echo "these Debian packages are missing, and neither root nor sudo is here to install them" >&2
	exit 1
fi
# A list of packages that is already here may do; only a failure makes it worth refreshing.
export DEBIAN_FRONTEND=noninteractive
install="$root apt-get install -y -qq --no-install-recommends $missing"
{ $install || { $root apt-get update -qq && $install; }; } >/tmp/deputy-install.$$ 2>&1 || {
	cat /tmp/deputy-install.$$
	exit 1
}
rm -f /tmp/deputy-install.$$
