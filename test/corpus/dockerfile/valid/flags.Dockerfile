FROM --platform="linux/arm64" scratch
RUN --network=none --security=sandbox -- --not-a-flag
COPY --chown=a\ b --link --parents=false -- --odd /x
ADD --keep-git-dir=true --checksum=sha256:0123 --unpack --chmod='u=rwX,go=rX' https://example.org/a.git#v1 /src/
RUN --mount="type=bind,source=a b,target=/c" ls
RUN ls --mount=type=ssh
