//! A server on this machine that answers as a test wants it to.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, ErrorKind, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

/// What a client asks.
#[derive(Debug, Clone, Default)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// With its query.
    pub(crate) path: String,
    /// By names in lower case.
    pub(crate) headers: BTreeMap<String, String>,
    /// How often the same path was asked for before.
    pub(crate) n_before: usize,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }
}

/// What the server answers.
pub(crate) struct Reply {
    /// `200 OK`.
    status: &'static str,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
    /// Bytes of the body that come at all.
    comes: Option<usize>,
    is_trickle: bool,
}

impl Reply {
    pub(crate) fn new(status: &'static str, body: impl Into<Vec<u8>>) -> Reply {
        Reply { status, headers: Vec::new(), body: body.into(), comes: None, is_trickle: false }
    }

    pub(crate) fn ok(body: impl Into<Vec<u8>>) -> Reply {
        Reply::new("200 OK", body)
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl ToString) -> Reply {
        self.headers.push((name, value.to_string()));
        self
    }

    /// The connection ends after so many bytes.
    pub(crate) fn cut_at(self, n_bytes: usize) -> Reply {
        Reply { comes: Some(n_bytes), ..self }
    }

    /// A byte now and then, until the client is gone.
    pub(crate) fn trickling(self) -> Reply {
        Reply { is_trickle: true, ..self }
    }
}

/// The server; it lives as long as the test.
pub(crate) struct Server {
    /// `http://127.0.0.1:PORT`.
    pub(crate) address: String,
    asked: Arc<Mutex<Vec<Request>>>,
}

impl Server {
    /// A server that answers what `answer` says; it is also given the server's address.
    pub(crate) fn start(
        answer: impl Fn(&Request, &str) -> Reply + Send + Sync + 'static,
    ) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = format!("http://{}", listener.local_addr().expect("bound"));
        let asked = Arc::<Mutex<Vec<Request>>>::default();
        let server = Server { address: address.clone(), asked: Arc::clone(&asked) };
        let answer = Arc::new(answer);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (asked, answer) = (Arc::clone(&asked), Arc::clone(&answer));
                let address = address.clone();
                thread::spawn(move || {
                    // A client that goes away is none of the server's business.
                    let _ = serve(stream, &asked, &|request| answer(request, &address));
                });
            }
        });
        server
    }

    /// All requests so far.
    pub(crate) fn asked(&self) -> Vec<Request> {
        self.asked.lock().expect("no panic").clone()
    }

    /// How often `path` was asked for, whatever its query.
    pub(crate) fn n_asked(&self, path: &str) -> usize {
        self.asked().iter().filter(|it| it.path.split('?').next() == Some(path)).count()
    }
}

fn serve(
    mut stream: TcpStream,
    asked: &Mutex<Vec<Request>>,
    answer: &dyn Fn(&Request) -> Reply,
) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let first = lines.next().transpose()?.unwrap_or_default();
    let mut words = first.split(' ').map(str::to_owned);
    let mut request = Request {
        method: words.next().unwrap_or_default(),
        path: words.next().unwrap_or_default(),
        ..Request::default()
    };
    for line in lines.map_while(Result::ok).take_while(|line| !line.is_empty()) {
        let Some((name, value)) = line.split_once(": ") else { continue };
        request.headers.insert(name.to_lowercase(), value.to_owned());
    }
    {
        let mut asked = asked.lock().expect("no panic");
        request.n_before = asked.iter().filter(|other| other.path == request.path).count();
        asked.push(request.clone());
    }
    let Reply { status, headers, body, comes, is_trickle } = answer(&request);
    let mut head = format!("HTTP/1.1 {status}\r\nConnection: close\r\n");
    if !headers.iter().any(|(name, _)| *name == "Content-Length") {
        head.push_str(&format!("Content-Length: {}\r\n", body.len()));
    }
    headers.iter().for_each(|(name, value)| head.push_str(&format!("{name}: {value}\r\n")));
    head.push_str("\r\n");
    stream.write_all(head.as_bytes())?;
    if request.method == "HEAD" {
        return Ok(());
    }
    if !is_trickle {
        return stream.write_all(&body[..comes.unwrap_or(body.len())]);
    }
    // The pause is a wait for the client to say anything, which it never does.
    stream.set_read_timeout(Some(Duration::from_millis(20)))?;
    for byte in body {
        stream.write_all(&[byte])?;
        match stream.read(&mut [0]) {
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => (),
            _ => return Ok(()),
        }
    }
    Ok(())
}
