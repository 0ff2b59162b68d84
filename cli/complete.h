/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * complete.h - what may stand at the cursor of a shell's command line
 *
 * The files in completions/ call "tcpmem __complete WORD...", where the last
 * word is the one at the cursor, maybe empty. It prints a line for each word
 * that may stand there: the word, a tab, and what it means. A line that begins
 * with a colon asks the shell for something of its own:
 *
 *   :file, :dir	names of files, or of folders
 *   :command		the command that it would run here
 *   :list		what follows can be gone on with behind a comma
 */
#ifndef CLI_COMPLETE_H
#define CLI_COMPLETE_H

#include "cli.h"

/*
 * complete() - prints those lines
 * @commands: all there are; NULL ends them
 * @words: the words behind "tcpmem"; NULL ends them
 *
 * Return: an exit code.
 */
int complete(const struct command *const *commands, char **words);

#endif
