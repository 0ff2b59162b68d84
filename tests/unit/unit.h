/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* unit.h - what every unit test program stands on */
#ifndef TM_UNIT_H
#define TM_UNIT_H

#include <check.h>
#include <stdlib.h>

/* CK_ENV: the environment says how much is printed, and whether as TAP. */
static inline int unit_run(Suite *suite)
{
	SRunner *runner = srunner_create(suite);
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
