#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Installs the Debian 12 packages that building, demo and tests need and that are missing. Prints nothing if none is.
# usage: deps.sh [bench|mcdc], with those that only the benchmark of channels needs, or `make mcdc`
# tboot is only unpacked, into build/: its package would add an entry to this machine's boot menu.
set -eu

packages="
    gcc libc6-dev make binutils git python3
    clang libclang-rt-14-dev
    libcmocka-dev libmbedtls-dev libcjson-dev libtss2-dev
    qemu-system-x86 swtpm bochs bochsbios vgabios
    grub-common grub-pc-bin xorriso mtools
    zsh vim groff-base libxml2-utils pkg-config
    spin valgrind
    frama-c-base why3 z3 cvc4
"
bench_packages="g++ libck-dev libboost-dev libdpdk-dev"
mcdc_packages="clang-19 llvm-19 libclang-rt-19-dev"

as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

is_installed() {
    [ "$(dpkg-query --show --showformat '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

fetch_tboot() (
    echo "deps: unpacking tboot into build/tboot"
    mkdir -p build/tboot
    cd build/tboot
    apt-get download -q tboot || { as_root apt-get update -q && apt-get download -q tboot; }
    dpkg --extract tboot_*.deb .
)

if ! command -v dpkg-query >/dev/null; then
    echo "deps: this is not Debian; install by its own means: "$packages tboot >&2
    exit 1
fi

case "${1-}" in
    bench) packages="$packages $bench_packages" ;;
    mcdc) packages="$packages $mcdc_packages" ;;
esac
missing=
for package in $packages; do
    is_installed "$package" || missing="$missing $package"
done
cd "$(dirname "$0")/.."
if [ -n "$missing" ]; then
    echo "deps: installing$missing"
    as_root apt-get update -q
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $missing
fi
[ -e /boot/tboot.gz ] || [ -e build/tboot/boot/tboot.gz ] || fetch_tboot
