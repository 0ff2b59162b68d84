// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * main.c - feeds every file of a directory to a fuzz target
 *
 * For where there is no libFuzzer: a regression test over the corpus.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int feed(const char *dir, const char *name)
{
	static uint8_t data[1 << 20];
	char path[4096];
	size_t size;
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	file = fopen(path, "re");
	if (!file) {
		perror(path);
		return -1;
	}
	size = fread(data, 1, sizeof(data), file);
	fclose(file);
	return LLVMFuzzerTestOneInput(data, size);
}

int main(int argc, char **argv)
{
	struct dirent **entry;
	int count, fed = 0;

	if (argc != 2) {
		fprintf(stderr, "usage: %s DIR\n", argv[0]);
		return EXIT_FAILURE;
	}
	count = scandir(argv[1], &entry, NULL, alphasort);
	for (int i = 0; i < count; i++) {
		if (entry[i]->d_name[0] != '.' &&
		    feed(argv[1], entry[i]->d_name) == 0)
			fed++;
		free(entry[i]);
	}
	if (count > 0)
		free(entry);
	printf("%d inputs\n", fed);
	/* Not one input proves nothing. */
	return fed ? EXIT_SUCCESS : EXIT_FAILURE;
}
