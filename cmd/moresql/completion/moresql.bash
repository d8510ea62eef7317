# Completion of moresql for bash, by the program itself: source <(moresql completion bash)
_moresql() {
	local line=${COMP_LINE:0:COMP_POINT} words current start candidate
	read -ra words <<<"$line"
	[[ $line == *[[:space:]] ]] && words+=("")
	current=${words[${#words[@]} - 1]}
	# bash replaces what follows the last of = and : alone
	start=${current%"${current##*[=:]}"}
	COMPREPLY=()
	while IFS=$'\t' read -r candidate _; do
		COMPREPLY+=("${candidate#"$start"}")
	done < <("${words[0]}" completion words "${words[@]:1}" 2>/dev/null)
	[[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *= ]] && compopt -o nospace 2>/dev/null
	return 0
}
complete -o default -F _moresql moresql
