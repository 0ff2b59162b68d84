// SPDX-License-Identifier: LGPL-2.1-or-later

//! What each process of a capture holds: its name, and every sum
#[allow(dead_code, non_camel_case_types, non_upper_case_globals)]
mod sys {
    include!(env!("TCPMEM_DECLARATIONS"));
}

use std::ffi::{CStr, CString};
use std::io::{Error, Result};
use std::marker::PhantomData;
use std::ptr;

fn check(ret: i32) -> Result<()> {
    if ret < 0 {
        return Err(Error::from_raw_os_error(-ret));
    }
    Ok(())
}

struct Context(*mut sys::tcpmem_ctx);

impl Drop for Context {
    fn drop(&mut self) {
        unsafe { sys::tcpmem_ctx_free(self.0) }
    }
}

struct Query(*mut sys::tcpmem_query);

impl Drop for Query {
    fn drop(&mut self) {
        unsafe { sys::tcpmem_query_free(self.0) }
    }
}

/// What was seen at one moment; it never changes, and threads may share it
pub struct Snapshot(*mut sys::tcpmem_snapshot);

unsafe impl Send for Snapshot {}
unsafe impl Sync for Snapshot {}

impl Drop for Snapshot {
    fn drop(&mut self) {
        unsafe { sys::tcpmem_snapshot_free(self.0) }
    }
}

impl Snapshot {
    /// Reads a capture
    pub fn load(path: &str) -> Result<Snapshot> {
        let path = CString::new(path)?;
        let mut ctx = Context(ptr::null_mut());
        let mut query = Query(ptr::null_mut());
        let mut snapshot = Snapshot(ptr::null_mut());
        check(unsafe { sys::tcpmem_ctx_new(&mut ctx.0) })?;
        check(unsafe { sys::tcpmem_query_new(&mut query.0) })?;
        check(unsafe {
            sys::tcpmem_snapshot_load(
                ctx.0,
                query.0,
                path.as_ptr(),
                0,
                ptr::null_mut(),
                &mut snapshot.0,
            )
        })?;
        Ok(snapshot)
    }

    /// Why it is not the whole truth
    pub fn warnings(&self) -> Vec<String> {
        (0..)
            .map(|i| unsafe { sys::tcpmem_snapshot_get_warning(self.0, i, ptr::null_mut()) })
            .take_while(|text| !text.is_null())
            .map(|text| unsafe { CStr::from_ptr(text) })
            .map(|text| text.to_string_lossy().into_owned())
            .collect()
    }

    /// Groups the sockets, largest first
    pub fn by(&self, keys: &str) -> Result<Table<'_>> {
        let keys = CString::new(keys)?;
        let order = CString::new("-held")?;
        let mut table = Table(ptr::null_mut(), PhantomData);
        check(unsafe { sys::tcpmem_group(self.0, keys.as_ptr(), &mut table.0) })?;
        check(unsafe { sys::tcpmem_table_sort(table.0, order.as_ptr()) })?;
        Ok(table)
    }
}

/// Refers to its snapshot, which the compiler does not let go before
pub struct Table<'a>(*mut sys::tcpmem_table, PhantomData<&'a Snapshot>);

impl Drop for Table<'_> {
    fn drop(&mut self) {
        unsafe { sys::tcpmem_table_free(self.0) }
    }
}

impl Table<'_> {
    /// A sum of every row
    pub fn column(&self, metric: sys::tcpmem_metric) -> Result<Vec<i64>> {
        let count = unsafe { sys::tcpmem_table_get_row_count(self.0) };
        let mut values = vec![0; count as usize];
        check(unsafe {
            sys::tcpmem_table_read_column(
                self.0,
                sys::tcpmem_column_TCPMEM_COLUMN_METRIC,
                metric,
                values.as_mut_ptr(),
                count,
            )
        })?;
        Ok(values)
    }

    /// What every row stands for
    pub fn keys(&self) -> Result<Vec<String>> {
        let mut subjects = ptr::null_mut();
        check(unsafe { sys::tcpmem_table_get_subjects(self.0, &mut subjects) })?;
        let found = unsafe {
            (0..(*subjects).count as usize)
                .map(|i| (*subjects).text.add(*(*subjects).key.add(i) as usize))
                .map(|text| CStr::from_ptr(text).to_string_lossy().into_owned())
                .collect()
        };
        unsafe { sys::tcpmem_free(subjects.cast()) };
        Ok(found)
    }
}

/// A number, or that it is not known
fn text(value: i64) -> String {
    match value {
        sys::TCPMEM_UNKNOWN => "-".to_string(),
        known => known.to_string(),
    }
}

/// What a metric is called in JSON
fn name(metric: sys::tcpmem_metric) -> String {
    let term = unsafe { CStr::from_ptr((*sys::tcpmem_metric_describe(metric)).json) };
    term.to_string_lossy().into_owned()
}

fn main() -> Result<()> {
    for path in std::env::args().skip(1) {
        let snapshot = Snapshot::load(&path)?;
        for warning in snapshot.warnings() {
            eprintln!("not the whole truth: {warning}");
        }
        let table = snapshot.by("process")?;
        let metrics = 0..sys::TCPMEM_METRIC_COUNT as sys::tcpmem_metric;
        let columns: Vec<_> = metrics
            .map(|metric| Ok((name(metric), table.column(metric)?)))
            .collect::<Result<_>>()?;
        for (row, key) in table.keys()?.iter().enumerate() {
            print!("{key}");
            for (name, values) in &columns {
                print!("\t{name}={}", text(values[row]));
            }
            println!();
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_share_a_snapshot() {
        let path = std::env::var("TCPMEM_TEST_CAPTURE").unwrap();
        let snapshot = Snapshot::load(&path).unwrap();
        let total = || -> i64 {
            let table = snapshot.by("process").unwrap();
            let held = sys::tcpmem_metric_TCPMEM_METRIC_HELD;
            table.column(held).unwrap().iter().sum()
        };
        let wanted = total();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| assert_eq!(total(), wanted));
            }
        });
    }

    #[test]
    fn errors_have_their_errno() {
        let error = Snapshot::load("/no/such").err().unwrap();
        assert_eq!(error.kind(), std::io::ErrorKind::NotFound);
    }
}
