FROM alpine
RUN <<setup
apk add curl
echo "$HOME" # no comment of the file's
setup
RUN <<-'one' cat > /a && <<-two cat >> /a
		$not expanded
	one
	$expanded
	two
COPY <<hosts <<"motd" /etc/
127.0.0.1 localhost
hosts
Welcome to $HOSTNAME
motd
RUN 3<<EOF cat <&3
EOF
RUN echo '<<no' "<<no" \<\<no a<<no <<< word
ONBUILD RUN <<EOF
ls /
EOF
ADD <<EOF <<EOF /twice/
first
EOF
second
EOF
