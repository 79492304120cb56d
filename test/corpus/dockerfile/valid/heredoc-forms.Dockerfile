FROM a
RUN <<A cat <<B 3<<-"C D" > /x
one $A
A
two
B
	three $C
C D
COPY <<'E' <<F /g/
e
E
f
F
RUN <<"#!"
#!/bin/sh
#!
