#!/bin/sh
#
# Installs, from Debian, the real programs that the tests run against. Does nothing when they are all there.
#
# Nothing that it installs is started, and the machine's own wiring stays as it was: the tests bring their own
# configuration, ports and folders.
set -eu
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin

# What Debian has from trixie on, for AWS: moto (SSM, S3, IAM, STS) and radosgw (S3), in a folder of their own; and what judges the user
# data, cloud-init and shellcheck, there because cloud-init would take part in the next boot of a machine that it is installed on.
trixie=/var/cache/holdfast-tests/trixie
trixie_packages=python3-moto,python3-flask-cors,python3-yaml,python3-joserfc,python3-setuptools,radosgw,cloud-init,shellcheck

# The program that judges metrics and alert rules; of its package alone, since the package is a service.
promtool=/var/cache/holdfast-tests/prometheus/promtool

# What holdfast takes the place of, to compare with; its own folder, since it brings a timer.
nsscache=/var/cache/holdfast-tests/nsscache

# A bare host that boots, for tests of the packages: what they may find on a real one, and apparmor, which judges their file for it.
boots=/var/cache/holdfast-tests/bookworm
boots_packages=systemd,systemd-sysv,dbus,openssh-server,openssh-client,libnss-cache,libatomic1,rpm,apparmor
# Tests ask for it before they do anything: what they do to such a host must not come upon this machine.
boots_mark=etc/holdfast-test-host

# libatomic1 is what Node 26 itself wants, and what a bare Debian lacks. scdoc makes the manual, mandoc and man-db judge it; bash, zsh and fish
# judge the completions. rpm and binutils make packages, lintian and rpmlint judge them, and systemd-container boots what they are tried on.
packages='slapd ldap-utils openssh-server openssh-client libnss-cache strace faketime systemd openssl perl libatomic1 tzdata iproute2 mmdebstrap debian-archive-keyring scdoc mandoc man-db bash zsh fish rpm rpmlint lintian binutils systemd-container'
case $(uname -m) in
  x86_64) packages="$packages binutils-aarch64-linux-gnu" other_strip=aarch64-linux-gnu-strip ;;
  *) packages="$packages binutils-x86-64-linux-gnu" other_strip=x86_64-linux-gnu-strip ;;
esac

missing() {
  for program in slapd slapadd ldapsearch sshd ssh ssh-keygen strace faketime systemd-analyze openssl perl ip mmdebstrap scdoc mandoc man bash zsh fish rpmbuild rpmlint lintian strip $other_strip systemd-nspawn; do
    command -v "$program" >/dev/null || echo "$program"
  done
  for library in libnss_cache.so.2 libatomic.so.1; do
    has_library "$library" || echo "$library"
  done
  # Time zones are a package of their own, which a bare Debian lacks as well.
  [ -e /usr/share/zoneinfo/Asia/Tokyo ] || echo tzdata
  missing_of_trixie
  [ -e "$boots/$boots_mark" ] || echo "$boots"
  [ -x "$promtool" ] || echo promtool
  [ -x "$nsscache/usr/bin/nsscache" ] || echo nsscache
}

missing_of_trixie() {
  for program in moto_server radosgw cloud-init shellcheck; do
    [ -x "$trixie/usr/bin/$program" ] || echo "$program"
  done
}

has_library() {
  for path in /lib/*/"$1" /usr/lib/*/"$1"; do
    [ ! -e "$path" ] || return 0
  done
  return 1
}

fail() {
  echo "install-servers: error: $1" >&2
  exit 1
}

# invoke-rc.d(8) asks this program before it starts a service; 101 is "no". Where an image brings its own, that one
# may say yes: put ours before it and the old one back.
policy=/usr/sbin/policy-rc.d
kept=$policy.before-holdfast-tests

forbid_services() {
  trap allow_services EXIT
  trap 'exit 1' HUP INT TERM
  [ -e "$kept" ] || [ ! -e "$policy" ] || mv "$policy" "$kept"
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
}

allow_services() {
  rm -f "$policy"
  [ ! -e "$kept" ] || mv "$kept" "$policy"
}

install_packages() {
  export DEBIAN_FRONTEND=noninteractive
  # A list of somebody else's that is down need not matter here; if it does, the next command says so.
  apt-get update -q || true
  # shellcheck disable=SC2086 # one word for each package
  apt-get install -q -y --no-install-recommends $packages
}

# build_tree DIR SUITE VARIANT PACKAGES: beside its place and then renamed, so that it is whole or not there.
build_tree() {
  mkdir -p "$(dirname "$1")"
  staged=$(mktemp -d "$1.XXXXXX")
  trap 'rm -rf "$staged"' EXIT
  trap 'exit 1' HUP INT TERM
  mmdebstrap --quiet --variant="$3" --include="$4" "$2" "$staged" || return 1
  rm -rf "$1"
  mv -T "$staged" "$1"
  trap - EXIT HUP INT TERM
}

fetch_promtool() {
  mkdir -p "$(dirname "$promtool")"
  staged=$(mktemp -d "$(dirname "$promtool").XXXXXX")
  trap 'rm -rf "$staged"' EXIT
  trap 'exit 1' HUP INT TERM
  (cd "$staged" && apt-get download -q prometheus && dpkg-deb -x prometheus_*.deb .) || return 1
  mv -T "$staged/usr/bin/promtool" "$promtool"
  rm -rf "$staged"
  trap - EXIT HUP INT TERM
}

build_boots() {
  build_tree "$boots" bookworm minbase "$boots_packages" && : >"$boots/$boots_mark"
}

wanted=$(missing)
[ -n "$wanted" ] || exit 0
wanted=$(echo "$wanted" | tr '\n' ' ')

command -v apt-get >/dev/null || fail "missing: ${wanted% }; there is no apt-get to install them with"
[ "$(id -u)" -eq 0 ] || fail "missing: ${wanted% }; only root can install them: run sh test/install-servers.sh as root"

nsswitch=$(cat /etc/nsswitch.conf)
forbid_services
install_packages >&2 || fail "apt-get could not install what is missing: ${wanted% }"
allow_services
[ -z "$(missing_of_trixie)" ] || build_tree "$trixie" trixie apt "$trixie_packages" >&2 || fail "mmdebstrap could not fill $trixie with $trixie_packages"
[ -e "$boots/$boots_mark" ] || build_boots >&2 || fail "mmdebstrap could not fill $boots with $boots_packages"
[ -x "$nsscache/usr/bin/nsscache" ] || build_tree "$nsscache" trixie apt nsscache >&2 || fail "mmdebstrap could not fill $nsscache with nsscache"
[ -x "$promtool" ] || fetch_promtool >&2 || fail "apt-get could not fetch $promtool of prometheus"
[ "$(cat /etc/nsswitch.conf)" = "$nsswitch" ] || fail '/etc/nsswitch.conf is not what it was: a package has changed it'
still=$(missing | tr '\n' ' ')
[ -z "$still" ] || fail "installed, and yet missing: ${still% }"
