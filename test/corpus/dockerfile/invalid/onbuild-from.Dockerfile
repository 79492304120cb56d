FROM a
onbuild from b
