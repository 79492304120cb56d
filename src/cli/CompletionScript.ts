/** What a user's shell loads: each asks `kasane __complete` for the words, one a line, help after a tab. */
export const scripts: Readonly<Record<string, string>> = {
  bash: `# bash completion for kasane: source <(kasane completion bash)
_kasane() {
  local IFS=$'\\n' line
  COMPREPLY=()
  while IFS= read -r line; do
    line=\${line%%$'\\t'*}
    [[ $line == "\${COMP_WORDS[COMP_CWORD]}"* ]] && COMPREPLY+=("$line")
  done < <(kasane __complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o bashdefault -o default -F _kasane kasane
`,
  zsh: `#compdef kasane
# zsh completion for kasane: source <(kasane completion zsh)
_kasane() {
  local -a candidates
  local line
  while IFS= read -r line; do
    candidates+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
  done < <(kasane __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)
  if (( \${#candidates} )); then _describe kasane candidates; else _files; fi
}
compdef _kasane kasane
`,
  fish: `# fish completion for kasane: kasane completion fish | source
function __kasane_complete
  set -l tokens (commandline -opc) (commandline -ct)
  kasane __complete -- $tokens[2..-1] 2>/dev/null
end
complete -c kasane -a '(__kasane_complete)'
`
}
