#!/usr/bin/env bash
# Builds the Dockerfile as it is, without a container engine, over a stand-in for its base image, and tests the result
# from outside: tests/container/build.sh [slim|cpu|cuda ...]
# Needs root and Debian's buildah and debootstrap.
set -euo pipefail
cd "$(dirname "$0")/../.."
export STORAGE_DRIVER=vfs BUILDAH_ISOLATION=chroot
targets=("${@:-slim}")
work=${PLUMBLINE_CONTAINER_FOLDER:-/var/tmp/plumbline-container}
base=docker.io/library/python:3.11-slim-bookworm
python=.venv/bin/python

# What pip reads on this machine, and the local folders it looks into, so that the build finds packages where we do.
mounts=()
while read -r folder; do
    if [[ -e $folder ]]; then mounts+=(--volume "$folder:$folder:ro"); fi
done < <(pip config list | grep -oE "(file://)?/[^' ]+" | sed 's,^file://,,' | sed -E 's,(/[^/]+/[^/]+)/.*,\1,' | sort -u)
if [[ -d /etc/xdg/pip ]]; then mounts+=(--volume /etc/xdg/pip:/etc/xdg/pip:ro); fi
mounts+=(--volume /etc/ssl/certs:/etc/ssl/certs:ro)
environment=()
while IFS='=' read -r name value; do environment+=(--env "$name=$value"); done < <(env | grep -E '^(PIP_|https?_proxy=|HTTPS?_PROXY=)' || true)

if [[ -z $(buildah images --quiet "$base" 2> /dev/null) ]]; then
    if [[ ! -x $work/root/usr/bin/python3 ]]; then
        mkdir -p "$work"
        debootstrap --variant=minbase --include=python3,python3-venv,ca-certificates bookworm "$work/root"
    fi
    ln -sf python3 "$work/root/usr/bin/python"
    container=$(buildah from --pull-never scratch)
    buildah copy --quiet "$container" "$work/root" /
    buildah config --cmd python3 "${environment[@]}" "$container"
    buildah commit --quiet "$container" "$base" > /dev/null
    buildah rm "$container" > /dev/null
fi

for target in "${targets[@]}"; do
    echo "== $target"
    buildah bud --isolation chroot --pull-never --format docker --layers "${mounts[@]}" --target "$target" \
        --build-arg TORCH_INDEX="${PLUMBLINE_TORCH_INDEX:-https://download.pytorch.org/whl/cpu}" \
        --tag "plumbline:$target" .
    "$python" -m tests.container "$target"
done
