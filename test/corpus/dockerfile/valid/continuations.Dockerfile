FROM scratch AS a
RUN one \
# a comment in between

  # and an indented one
    && two \   
	&& three
FROM scratch AS b
RUN ends with an escaped escape \\
RUN x\
y \
