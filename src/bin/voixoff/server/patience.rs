//! A connection whose other end has to take what it asked for.

use std::{
    future::Future,
    io,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::{Sleep, sleep},
};

/// A stream that fails where nothing of what is written is taken for a while.
pub(super) struct Patience {
    stream: TcpStream,
    limit: Option<Duration>,
    /// Runs while something waits to be taken.
    wait: Option<Pin<Box<Sleep>>>,
}

impl Patience {
    /// `stream`, for which `limit` is waited each time; for ever without one.
    pub(super) fn new(stream: TcpStream, limit: Option<Duration>) -> Patience {
        Patience { stream, limit, wait: None }
    }

    /// What `poll` gives, but an error where it has been pending for too long.
    fn patiently<T>(
        &mut self,
        context: &mut Context<'_>,
        poll: impl FnOnce(Pin<&mut TcpStream>, &mut Context<'_>) -> Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        let polled = poll(Pin::new(&mut self.stream), context);
        let Some(limit) = self.limit else { return polled };
        if polled.is_ready() {
            self.wait = None;
            return polled;
        }
        let wait = self.wait.get_or_insert_with(|| Box::pin(sleep(limit)));
        match wait.as_mut().poll(context) {
            Poll::Ready(()) => Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl AsyncRead for Patience {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Patience {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.patiently(context, |stream, context| stream.poll_write(context, bytes))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.patiently(context, |stream, context| stream.poll_write_vectored(context, parts))
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.patiently(context, |stream, context| stream.poll_flush(context))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.patiently(context, |stream, context| stream.poll_shutdown(context))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::runtime;
    use std::net::TcpListener;
    use tokio::io::AsyncWriteExt;

    #[test]
    fn who_takes_nothing_is_waited_for_as_long_as_the_limit_says() {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let taker = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (stream, _) = listener.accept().unwrap();
        stream.set_nonblocking(true).unwrap();
        let written = runtime().unwrap().block_on(async {
            let stream = TcpStream::from_std(stream).unwrap();
            let mut stream = Patience::new(stream, Some(Duration::from_millis(50)));
            // More than the buffers of a system hold.
            stream.write_all(&vec![0; 64 << 20]).await
        });
        assert_eq!(written.unwrap_err().kind(), io::ErrorKind::TimedOut);
        drop(taker);
    }
}
