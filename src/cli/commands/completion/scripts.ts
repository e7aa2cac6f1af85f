/**
 * What shells source. None evaluates what is typed: each hands its words over as they are, up to the cursor, and gets a line for
 * each that the last may become, with a tab and its description, and `:files` where files may stand there too.
 */
/** bash's readline breaks words at colons, equals signs and @; bash-completion, if it is there, puts them together again. */
const BASH = `_tunnelscope() {
  local words=("\${COMP_WORDS[@]}") cword=$COMP_CWORD line
  if declare -F _get_comp_words_by_ref >/dev/null; then _get_comp_words_by_ref -n :=@ words cword; fi
  if ((cword > 1)) && [[ \${words[cword - 1]} == @ ]]; then
    words[cword - 1]+=\${words[cword]}
    ((cword--))
  fi
  local cur=\${words[cword]} files=()
  COMPREPLY=()
  while IFS= read -r line; do
    if [ "$line" = :files ]; then
      mapfile -t files < <(compgen -f -- "$cur")
      if ((\${#files[@]} > 0)); then compopt -o filenames; fi
      COMPREPLY+=("\${files[@]}")
    else
      COMPREPLY+=("\${line%%$'\\t'*}")
    fi
  done < <("$1" complete -- "\${words[@]:1:cword}" 2>/dev/null)
  if [[ $cur == --*=* && $COMP_WORDBREAKS == *=* ]]; then COMPREPLY=("\${COMPREPLY[@]#*=}"); fi
  if [[ \${COMPREPLY[0]} == *[:.] ]]; then compopt -o nospace; fi
  if declare -F __ltrim_colon_completions >/dev/null; then __ltrim_colon_completions "$cur"; fi
}
complete -F _tunnelscope tunnelscope
`;

const ZSH = `#compdef tunnelscope
_tunnelscope() {
  local -a whole begun
  local line word files
  while IFS= read -r line; do
    if [[ $line == :files ]]; then
      files=1
      continue
    fi
    word=\${line%%$'\\t'*}
    line="\${word//:/\\\\:}:\${line#*$'\\t'}"
    if [[ $word == *[:.] ]]; then begun+=("$line"); else whole+=("$line"); fi
  done < <("$words[1]" complete -- "\${(@Q)words[2,CURRENT]}" 2>/dev/null)
  _describe tunnelscope whole -- begun -S ''
  if [[ -n $files ]]; then _files; fi
}
if [[ $funcstack[1] == _tunnelscope ]]; then _tunnelscope; else compdef _tunnelscope tunnelscope; fi
`;

const FISH = `function __tunnelscope_complete
  set -l words (commandline -opc)
  set -l current (commandline -ct)
  for line in ($words[1] complete -- $words[2..-1] "$current" 2>/dev/null)
    if test "$line" = :files
      __fish_complete_path "$current"
    else
      echo $line
    end
  end
end
complete -c tunnelscope -f -a '(__tunnelscope_complete)'
`;

const SCRIPTS = { bash: BASH, zsh: ZSH, fish: FISH } as const;

export type Shell = keyof typeof SCRIPTS;

export function completionScript(shell: Shell): string {
  return SCRIPTS[shell];
}
