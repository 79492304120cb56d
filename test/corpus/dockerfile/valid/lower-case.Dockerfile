arg a=1 b c=$a
from x:$a as y
env old  form of   it
label a="b c" d='e f' g=h\ i j=
onbuild add x /y
onbuild onlyhere later
copy ["with space", "t\u00e9"]
expose 80
healthcheck none
maintainer  Me <me@example.org>
user 1000:1000
workdir a b
cmd [ "a" , "b" ]
entrypoint [not json]
