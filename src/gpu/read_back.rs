//! Waiting for the GPU.

use super::Gpu;
use crate::error::{Error, Result};

/// Waits until the first `bytes` of `buffer` can be read.
pub(super) async fn map_for_reading(gpu: &Gpu, buffer: &wgpu::Buffer, bytes: u64) -> Result<()> {
    let (sender, receiver) = futures_channel::oneshot::channel();
    buffer.slice(..bytes).map_async(wgpu::MapMode::Read, move |result| {
        // The receiver is gone only when the pass was dropped, and then nobody wants to know.
        let _ = sender.send(result);
    });
    poll(gpu)?;
    match receiver.await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => {
            gpu.fault.check()?;
            Err(Error::DeviceLost(error.to_string()))
        }
        Err(_) => Err(Error::DeviceLost("the read-back was dropped".to_owned())),
    }
}

/// A copy of all of a small buffer.
pub(super) async fn read(gpu: &Gpu, buffer: &wgpu::Buffer) -> Result<Vec<u8>> {
    map_for_reading(gpu, buffer, buffer.size()).await?;
    let lost = |error: wgpu::MapRangeError| Error::DeviceLost(error.to_string());
    let bytes = buffer.slice(..).get_mapped_range().map_err(lost)?.to_vec();
    buffer.unmap();
    Ok(bytes)
}

/// Waits until everything submitted is done.
pub(super) async fn done(gpu: &Gpu) -> Result<()> {
    let (sender, receiver) = futures_channel::oneshot::channel();
    gpu.queue.on_submitted_work_done(move || {
        let _ = sender.send(());
    });
    poll(gpu)?;
    receiver.await.map_err(|_| Error::DeviceLost("the work was dropped".to_owned()))
}

/// Natively somebody has to ask the device; in a browser the event loop does.
fn poll(gpu: &Gpu) -> Result<()> {
    #[cfg(not(target_arch = "wasm32"))]
    gpu.device
        .poll(wgpu::PollType::wait_indefinitely())
        .map_err(|error| Error::DeviceLost(error.to_string()))?;
    #[cfg(target_arch = "wasm32")]
    let _ = gpu;
    Ok(())
}
