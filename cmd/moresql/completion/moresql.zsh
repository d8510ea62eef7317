#compdef moresql
# Completion of moresql for zsh, by the program itself: source <(moresql completion zsh)
_moresql() {
	local line text
	local -a open closed
	for line in "${(@f)$("${words[1]}" completion words "${(@)words[2,CURRENT-1]}" "$PREFIX" 2>/dev/null)}"; do
		[[ -n $line ]] || continue
		text="${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}"
		if [[ ${line%%$'\t'*} == *= ]]; then
			open+=("$text")
		else
			closed+=("$text")
		fi
	done
	(( $#open )) && _describe -t arguments argument open -S ''
	(( $#closed )) && _describe -t words word closed
	(( $#open + $#closed )) || _files
}
compdef _moresql moresql
