/* SPDX-License-Identifier: ISC */
/*
 * Linked into each C test: ATF's own allocations that it never frees. What a
 * test body allocates does not go through these, so its leaks still count.
 */

const char *__lsan_default_options(void);
const char *__lsan_default_suppressions(void);

/* Kyua takes any word on stderr while it lists the tests for a fault. */
const char *
__lsan_default_options(void)
{
	return ("print_suppressions=0");
}

const char *
__lsan_default_suppressions(void)
{
	return ("leak:atf_tp_get_tcs\n"
		"leak:atf_list_\n"
		"leak:atf_map_\n"
		"leak:atf_dynstr_\n"
		"leak:atf_text_\n");
}
