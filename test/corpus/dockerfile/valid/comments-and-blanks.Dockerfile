

# first
   # indented
FROM a   
# between
RUN b \
# inside
  c \

  d
	# tab
RUN e # not a comment
