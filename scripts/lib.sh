# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# lib.sh - what the scripts share: packages that are needed, and building
#
# Sourced by scripts/run, scripts/test and .ci/run.

root=$(cd -P "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
me=${0##*/}

# Servers and ip live here, and not everyone has it in PATH.
export PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin

# What is needed for what, how to see that it is there, and what each
# distribution calls it. "-" is a distribution without it.
packages=(
	# for   present when              apt-get            dnf                pacman            apk                zypper
	"build  tool:cc                   gcc                gcc                gcc               gcc                gcc"
	"build  header:stdio.h            libc6-dev          glibc-devel        glibc             musl-dev           glibc-devel"
	"build  header:linux/inet_diag.h  linux-libc-dev     kernel-headers     linux-api-headers linux-headers      linux-glibc-devel"
	"build  tool:pkg-config           pkg-config         pkgconf-pkg-config pkgconf           pkgconf            pkg-config"
	"build  tool:meson                meson              meson              meson             meson              meson"
	"build  tool:ninja                ninja-build        ninja-build        ninja             samurai            ninja"
	"build  library:libmnl            libmnl-dev         libmnl-devel       libmnl            libmnl-dev         libmnl-devel"
	"build  library:smartcols         libsmartcols-dev   libsmartcols-devel util-linux-libs   util-linux-dev     libsmartcols-devel"
	"curl   library:libcurl           libcurl4-openssl-dev libcurl-devel    curl              curl-dev           libcurl-devel"
	"exporter library:libmicrohttpd   libmicrohttpd-dev  libmicrohttpd-devel libmicrohttpd    libmicrohttpd-dev  libmicrohttpd-devel"
	"exporter library:gnutls          libgnutls28-dev    gnutls-devel       gnutls            gnutls-dev         libgnutls-devel"
	"exporter library:libcrypt        libcrypt-dev       libxcrypt-devel    libxcrypt         libxcrypt-dev      libxcrypt-devel"
	"tui    library:ncursesw          libncurses-dev     ncurses-devel      ncurses           ncurses-dev        ncurses-devel"
	"store  library:sqlite3           libsqlite3-dev     sqlite-devel       sqlite            sqlite-dev         sqlite3-devel"
	"store  library:libzstd           libzstd-dev        libzstd-devel      zstd              zstd-dev           libzstd-devel"
	"bpf    tool:clang                clang              clang              clang             clang              clang"
	"bpf    tool:bpftool              bpftool            bpftool            bpf               bpftool            bpftool"
	"bpf    header:bpf/bpf_helpers.h  libbpf-dev         libbpf-devel       libbpf            libbpf-dev         libbpf-devel"
	"hostile tool:faketime           faketime           libfaketime        libfaketime       libfaketime        libfaketime"
	"test   tool:g++                  g++                gcc-c++            gcc               g++                gcc-c++"
	"test   sanitizer:address         gcc                libasan            gcc-libs          -                  gcc"
	"test   sanitizer:undefined       gcc                libubsan           gcc-libs          -                  gcc"
	"test   library:check             check              check-devel        check             check-dev          check-devel"
	"test   tool:jq                   jq                 jq                 jq                jq                 jq"
	"test   python:jsonschema         python3-jsonschema python3-jsonschema python-jsonschema py3-jsonschema     python3-jsonschema"
	"test   python:yaml               python3-yaml       python3-pyyaml     python-yaml       py3-yaml           python3-PyYAML"
	"test   tool:make                 make               make               make              make               make"
	"test   python:pandas             python3-pandas     python3-pandas     python-pandas      py3-pandas         python3-pandas"
	"test   python:cffi               python3-cffi       python3-cffi       python-cffi       py3-cffi           python3-cffi"
	"test   python:prometheus_client python3-prometheus-client python3-prometheus_client python-prometheus_client py3-prometheus-client python3-prometheus-client"
	"test   perl:Monitoring::Plugin  libmonitoring-plugin-perl perl-Monitoring-Plugin - - -"
	"test   python:pyte               python3-pyte       python3-pyte       python-pyte       -                  python3-pyte"
	"test   tool:tmux                 tmux               tmux               tmux              tmux               tmux"
	"test   tool:ss                   iproute2           iproute            iproute2          iproute2           iproute2"
	"test   service:ssh             netbase            setup              iana-etc          -                  netcfg"
	"test   tool:strace               strace             strace             strace            strace             strace"
	"test   tool:openssl              openssl            openssl            openssl           openssl            openssl"
	"test   tool:curl                 curl               curl               curl              curl               curl"
	"test   tool:zsh                  zsh                zsh                zsh               zsh                zsh"
	"test   tool:fish                 fish               fish               fish              fish               fish"
	"test   tool:nginx                nginx              nginx              nginx             nginx              nginx"
	"test   tool:haproxy              haproxy            haproxy            haproxy           haproxy            haproxy"
	"test   tool:wrk                  wrk                -                  -                 wrk                wrk"
	"test   tool:redis-server         redis-server       redis              redis             redis              redis"
	"test   tool:podman               podman             podman             podman            podman             podman"
	"test   tool:crun                 crun               crun               crun              crun               crun"
	"test   static:busybox            busybox-static     busybox            busybox           busybox-static     busybox-static"
	"evidence tool:nginx              nginx              nginx              nginx             nginx              nginx"
	"evidence tool:wrk                wrk                -                  -                 wrk                wrk"
	"evidence tool:iperf3             iperf3             iperf3             iperf3            iperf3             iperf"
	"evidence tool:haproxy            haproxy            haproxy            haproxy           haproxy            haproxy"
	"evidence tool:memcached          memcached          memcached          memcached         memcached          memcached"
	"evidence tool:psql               postgresql         postgresql-server  postgresql        postgresql         postgresql-server"
	"evidence tool:redis-server       redis-server       redis              redis             redis              redis"
	"evidence tool:node               nodejs             nodejs             nodejs            nodejs             nodejs"
	"evidence tool:java               default-jdk-headless java-latest-openjdk-devel jdk-openjdk openjdk17         java-17-openjdk-devel"
	"fleet  tool:promtool             prometheus         golang-github-prometheus prometheus  prometheus         golang-github-prometheus-prometheus"
	"fleet  tool:prometheus-alertmanager prometheus-alertmanager - alertmanager alertmanager -"
	"fleet  tool:prometheus-node-exporter prometheus-node-exporter node-exporter prometheus-node-exporter prometheus-node-exporter -"
	"fleet  tool:victoria-metrics     victoria-metrics   -                  victoriametrics   victoria-metrics   -"
	"claims tool:go                   golang-go          golang             go                go                 go"
	"ci     tool:mandoc               mandoc             mandoc             mandoc            mandoc             mandoc"
	"ci     python:markdown           python3-markdown   python3-markdown   python-markdown   py3-markdown       python3-Markdown"
	"ci     tool:abidiff              abigail-tools      libabigail         libabigail        -                  libabigail-tools"
	"ci     tool:systemd-analyze      systemd            systemd            systemd           -                  systemd"
	"ci     tool:git                  git                git                git               git                git"
	"ci     tool:nm                   binutils           binutils           binutils          binutils           binutils"
	"ci     tool:clang-format         clang-format       clang-tools-extra  clang             clang-extra-tools  clang-tools"
	"ci     tool:shellcheck           shellcheck         ShellCheck         shellcheck        shellcheck         ShellCheck"
	"fuzz   fuzzer:clang              libclang-rt-dev    compiler-rt        compiler-rt       compiler-rt        clang"
	"emulate tool:qemu-s390x         qemu-user          qemu-user          qemu-user         -                  qemu-linux-user"
	"emulate tool:jq                  jq                 jq                 jq                jq                 jq"
	"s390x  tool:s390x-linux-gnu-gcc       gcc-s390x-linux-gnu       - - - -"
	"i386   tool:i686-linux-gnu-gcc        gcc-i686-linux-gnu        - - - -"
	"armhf  tool:arm-linux-gnueabihf-gcc   gcc-arm-linux-gnueabihf   - - - -"
	"arm64  tool:aarch64-linux-gnu-gcc     gcc-aarch64-linux-gnu     - - - -"
	"musl   tool:musl-gcc             musl-tools         musl-gcc           musl               -                  -"
	"ci     tool:valgrind             valgrind           valgrind           valgrind          valgrind           valgrind"
	"package tool:mmdebstrap           mmdebstrap         - - - -"
	"package tool:dpkg-source          dpkg-dev           - - - -"
	"package tool:lintian              lintian            - - - -"
	"package tool:blhc                 blhc               - - - -"
	"package tool:piuparts             piuparts           - - - -"
	"image  tool:podman               podman             - - - -"
	"image  tool:crun                 crun               - - - -"
	"image  tool:curl                 curl               - - - -"
	"package tool:jq                   jq                 - - - -"
	"bindings tool:go                 golang-go          golang             go                go                 go"
	"bindings tool:rustc              rustc              rust               rust              rust               rust"
	"bindings tool:bindgen            bindgen            bindgen-cli        rust-bindgen      rust-bindgen       rust-bindgen"
	"bindings tool:mypy               mypy               python3-mypy       mypy              mypy               mypy"
	"bindings python:matplotlib       python3-matplotlib python3-matplotlib python-matplotlib py3-matplotlib     python3-matplotlib"
	"bindings tool:xmllint            libxml2-utils      libxml2            libxml2           libxml2-utils      libxml2-tools"
	"bindings python:pytest           python3-pytest     python3-pytest     python-pytest     py3-pytest         python3-pytest"
	"bindings tool:valgrind           valgrind           valgrind           valgrind          valgrind           valgrind"
	"kernels tool:qemu-system-x86_64   qemu-system-x86    qemu-system-x86-core qemu-system-x86   qemu-system-x86_64 qemu-x86"
	"kernels static:busybox            busybox-static     busybox            busybox           busybox-static     busybox-static"
	"kernels tool:cpio                 cpio               cpio               cpio              cpio               cpio"
	"kernels tool:depmod               kmod               kmod               kmod              kmod               kmod"
	"kernels tool:xz                   xz-utils           xz                 xz                xz                 xz"
)
managers=(apt-get dnf pacman apk zypper)

# What these packages would start, now and at every boot, on Debian and its
# kin: it is not ours to run on somebody's machine.
services=(nginx redis-server haproxy memcached postgresql prometheus
	prometheus-alertmanager prometheus-node-exporter victoria-metrics)

die() {
	printf '%s: %s\n' "$me" "$1" >&2
	exit 1
}

# present KIND:NAME - whether it is there, told without asking for a package
present() {
	local name=${1#*:}

	case $1 in
	tool:*)
		command -v "$name"
		;;
	static:*)
		command -v "$name" && ! ldd "$(command -v "$name")"
		;;
	header:*)
		printf '#include <%s>\n' "$name" | cc -E -x c -
		;;
	library:*)
		pkg-config --exists "$name"
		;;
	fuzzer:*)
		echo 'int LLVMFuzzerTestOneInput(char *d, long n) { return *d + n; }' |
			"$name" -fsanitize=fuzzer -x c - -o /dev/null
		;;
	sanitizer:*)
		echo 'int main(void) { return 0; }' |
			cc -fsanitize="$name" -x c - -o /dev/null
		;;
	service:*)
		getent services "$name"
		;;
	perl:*)
		perl -M"$name" -e 1
		;;
	python:*)
		/usr/bin/python3 -c "import $name"
		;;
	*)
		die "lib.sh: no way to see '$1'"
		;;
	esac >/dev/null 2>&1
}

# missing PURPOSE... - the rows of what is needed for them and not there
missing() {
	local row purpose thing rest

	for row in "${packages[@]}"; do
		read -r purpose thing rest <<<"$row"
		if [[ " $* " == *" $purpose "* ]] && ! present "$thing"; then
			echo "$thing $rest"
		fi
	done
}

# package_names MANAGER-NUMBER - of the rows on standard input, each once
package_names() {
	local -a fields

	while read -ra fields; do
		[[ ${fields[$1 + 1]} == - ]] || echo "${fields[$1 + 1]}"
	done | sort -u
}

as_root() {
	if [[ $EUID -eq 0 ]]; then
		"$@"
	else
		sudo "$@"
	fi
}

# apt_install PACKAGE... - without starting the services that come with them
apt_install() {
	local policy=/usr/sbin/policy-rc.d service ours=
	local -a apt=(env DEBIAN_FRONTEND=noninteractive apt-get -y
		-o DPkg::Lock::Timeout=300) quiet=()

	for service in "${services[@]}"; do
		[[ " $* " == *" $service "* ]] && quiet+=("$service")
	done
	if [[ ${#quiet[@]} -gt 0 && ! -e $policy ]]; then
		ours=1
		# It stops forbidding when we are gone, however we went.
		printf '%s\n' '#!/bin/sh' \
			"[ ! -d /proc/$$ ] || exit 101" |
			as_root tee "$policy" >/dev/null
		as_root chmod 755 "$policy"
	fi
	as_root "${apt[@]}" update ||
		echo "$me: the package lists could not be renewed" >&2
	local status=0
	as_root "${apt[@]}" install --no-install-recommends "$@" || status=$?
	[[ -z $ours ]] || as_root rm -f "$policy"
	for service in "${quiet[@]}"; do
		as_root update-rc.d "$service" disable || :
	done
	return "$status"
}

# install_with MANAGER PACKAGE...
install_with() {
	local manager=$1

	shift
	case $manager in
	apt-get) apt_install "$@" ;;
	dnf) as_root dnf install -y "$@" ;;
	pacman) as_root pacman -S --needed --noconfirm "$@" ;;
	apk) as_root apk add "$@" ;;
	zypper) as_root zypper --non-interactive install "$@" ;;
	esac
}

# obtain PURPOSE... - installs what is missing for them; else sets why not
obtain() {
	local rows number manager=
	local -a names

	rows=$(missing "$@")
	[[ -n $rows ]] || return 0
	for number in "${!managers[@]}"; do
		manager=${managers[number]}
		command -v "$manager" >/dev/null && break
		manager=
	done
	if [[ -z $manager ]]; then
		why="no package manager that is known for: ${rows//$'\n'/, }"
		return 1
	fi
	mapfile -t names < <(package_names "$number" <<<"$rows")
	why="these packages could not be installed: ${names[*]}"
	if [[ $EUID -ne 0 ]] && ! command -v sudo >/dev/null; then
		why="neither root nor sudo to install: ${names[*]}"
		return 1
	fi
	echo "$me: installing ${names[*]}" >&2
	install_with "$manager" "${names[@]}" >&2 || return 1
	rows=$(missing "$@")
	why="installed, and still not found: ${rows//$'\n'/, }"
	[[ -z $rows ]]
}

# need PURPOSE... - obtains what is missing for them, or says why not and ends
need() {
	local why=

	obtain "$@" || die "$why"
}

# want PURPOSE... - the same for what can be done without
want() {
	local why=

	obtain "$@" || echo "$me: going on; $why" >&2
}

targets=() # of a build; without one, all

# build DIR SETUP-ARGUMENT... - sets DIR up once and brings TARGETS up to date
#
# Says nothing unless it fails. One at a time: two would spoil DIR.
build() {
	local dir=$1 log=$1/build.log

	shift
	mkdir -p "$dir"
	(
		flock 9
		exec >"$log" 2>&1
		{ [[ -f $dir/build.ninja ]] ||
			meson setup "$@" "$dir" "$root"; } &&
			ninja -C "$dir" "${targets[@]}"
	) 9>"$dir/build.lock" && return
	cat "$log" >&2
	die "the build failed"
}

# patient_test DIR ARGUMENT... - meson test, with TCPMEM_TEST_PATIENCE times the
# patience of the tests: meson's limits, libcheck's and those of the fixtures
patient_test() {
	local dir=$1 patience=${TCPMEM_TEST_PATIENCE-1}

	shift
	[[ $patience =~ ^[1-9][0-9]*$ ]] ||
		die "TCPMEM_TEST_PATIENCE=$patience: a whole number is needed"
	# What tests/meson.build multiplies by is lost when -t is given.
	CK_TIMEOUT_MULTIPLIER=$patience meson test -C "$dir" --no-rebuild \
		-t $((5 * patience)) "$@"
}

# build_for_measuring - sets DIR, optimised, with the makers of sockets, and BPF
#
# One build for all that measures: without BPF half of it could not be asked.
build_for_measuring() {
	dir=$root/build-bench
	need build test bpf
	build "$dir" --buildtype=release -Dtests=true -Dbpf=enabled
}
