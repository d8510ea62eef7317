# Completion of moresql for fish, by the program itself: moresql completion fish | source
function __moresql_words
	set -l words (commandline -opc)
	set -l current (commandline -ct)
	$words[1] completion words $words[2..-1] "$current" 2>/dev/null
end
complete -c moresql -a '(__moresql_words)'
