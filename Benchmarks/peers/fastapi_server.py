"""What one writes first: a list of sockets, and `await send` to one after the other. The newest 50 events are kept."""
import collections

import fastapi

app = fastapi.FastAPI()
newest = collections.deque(maxlen=50)
readers = []


@app.post("/publish")
async def publish(request: fastapi.Request):
    text = (await request.body()).decode()
    newest.append(text)
    for reader in list(readers):
        try:
            await reader.send_text(text)
        except Exception:
            if reader in readers:
                readers.remove(reader)
    return {"ok": True}


@app.websocket("/ws/stream")
async def stream(socket: fastapi.WebSocket):
    await socket.accept()
    readers.append(socket)
    try:
        while True:
            await socket.receive_text()
    except fastapi.WebSocketDisconnect:
        pass
    finally:
        if socket in readers:
            readers.remove(socket)
