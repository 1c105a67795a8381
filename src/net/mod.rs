//! The network: addresses, requests, downloads, feeds and buckets.

pub mod bucket;
pub mod download;
pub mod feed;
pub mod web;
