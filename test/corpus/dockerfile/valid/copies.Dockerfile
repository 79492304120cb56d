FROM busybox
COPY a /b
COPY a b /c/
COPY ["a b", "/c d"]
COPY --from=0 --chown=a:b --chmod=u=rw --link --parents --exclude=*.md --exclude=c a /d
COPY --link=false --parents=true a /b
ADD a https://example.org/x git@example.org:a/b.git#c:d /e/
ADD --chown=1 --chmod=755 --link --exclude=x --unpack=false --keep-git-dir --checksum=sha256:0123 a /b
COPY <<a <<-"b" c /d/
$x
a
	y
b
