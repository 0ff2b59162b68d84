// SPDX-License-Identifier: LGPL-2.1-or-later
// caller.cpp - the library from C++: owned handles, errors as exceptions
#include <tcpmem.h>

#include <cerrno>
#include <exception>
#include <iostream>
#include <memory>
#include <string>
#include <system_error>

namespace
{

template <auto free> struct Free {
	template <typename T> void operator()(T *handle) const
	{
		free(handle);
	}
};

using Context = std::unique_ptr<tcpmem_ctx, Free<tcpmem_ctx_free>>;
using Query = std::unique_ptr<tcpmem_query, Free<tcpmem_query_free>>;
using Snapshot = std::unique_ptr<tcpmem_snapshot, Free<tcpmem_snapshot_free>>;
using Table = std::unique_ptr<tcpmem_table, Free<tcpmem_table_free>>;

void check(int ret, const char *what)
{
	if (ret < 0)
		throw std::system_error(-ret, std::generic_category(), what);
}

// Calls a function whose last parameter is the handle that it makes.
template <typename Handle, typename Function, typename... Args>
Handle make(const char *what, Function function, Args... args)
{
	typename Handle::pointer handle = nullptr;

	check(function(args..., &handle), what);
	return Handle(handle);
}

// What the kernel did not report is unknown, and no error.
std::string metric(const tcpmem_row *row, tcpmem_metric which)
{
	int64_t value = 0;
	int ret = tcpmem_row_get_metric(row, which, &value);

	if (ret == -ENODATA)
		return "unknown";
	check(ret, "metric");
	return std::to_string(value);
}

void print(const tcpmem_row *row)
{
	std::cout << tcpmem_row_get_subject(row)->key << ' '
		  << metric(row, TCPMEM_METRIC_SOCKETS) << ' '
		  << metric(row, TCPMEM_METRIC_HELD) << '\n';
}

void print_warnings(const tcpmem_snapshot *snapshot)
{
	const char *text;

	for (size_t i = 0;
	     (text = tcpmem_snapshot_get_warning(snapshot, i, nullptr)); i++)
		std::cerr << "not the whole truth: " << text << '\n';
}

void run()
{
	auto context = make<Context>("context", tcpmem_ctx_new);
	auto query = make<Query>("query", tcpmem_query_new);
	auto snapshot = make<Snapshot>("snapshot", tcpmem_snapshot_take,
				       context.get(), query.get());
	auto table =
		make<Table>("group", tcpmem_group, snapshot.get(), "state");

	check(tcpmem_table_sort(table.get(), "-held"), "sort");
	for (size_t i = 0; i < tcpmem_table_get_row_count(table.get()); i++)
		print(tcpmem_table_get_row(table.get(), i));
	print(tcpmem_table_get_total(table.get()));
	print_warnings(snapshot.get());
}

} // namespace

int main()
{
	try {
		run();
	} catch (const std::exception &error) {
		std::cerr << "caller: " << error.what() << '\n';
		return 1;
	}
	return 0;
}
