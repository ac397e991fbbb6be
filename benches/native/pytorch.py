"""Times the same model in PyTorch, eager, with the attention of every layer as an output.

    python benches/native/pytorch.py --model ~/.cache/attention-map/models/minilm-l6-f32 --out pytorch.json

Needs `torch` and `transformers`, which this repository does not install. Prints and writes medians in the form of
`native-bench`: of a pass whose results stay on the device, and of one that copies them to the host, as ours does.
32-bit floats throughout; `--tf32` lets the tensor cores round the products' operands to 19 bits.
"""

import argparse
import json
import sys
import time
from pathlib import Path

try:
    import torch
    from transformers import BertModel
except ImportError as error:
    sys.exit(f"{error.name} is missing; pip install torch transformers")

CLS = 101


def arguments():
    parser = argparse.ArgumentParser(description="Times BERT in eager PyTorch with output_attentions.")
    parser.add_argument("--model", type=Path, required=True, help="the folder with config.json and model.safetensors")
    parser.add_argument("--out", type=Path, help="where the numbers go, as JSON")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--runs", type=int, default=30, help="passes that count, after five that don't")
    parser.add_argument("--tokens", type=int, nargs="+", default=[8, 16, 32, 64, 128, 256, 512])
    parser.add_argument("--tf32", action="store_true")
    return parser.parse_args()


def finish(device):
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def milliseconds(run, device, runs):
    """Of each of `runs` calls, with the device idle before and after."""
    times = []
    for turn in range(runs + 5):
        finish(device)
        start = time.perf_counter()
        run()
        finish(device)
        if turn >= 5:
            times.append(1e3 * (time.perf_counter() - start))
    return sorted(times)


def summary(times):
    def at(part):
        return times[round(part * (len(times) - 1))]

    return {"median_ms": at(0.5), "p10_ms": at(0.1), "p90_ms": at(0.9), "runs": len(times)}


def main():
    options = arguments()
    device = torch.device(options.device)
    torch.backends.cuda.matmul.allow_tf32 = options.tf32
    if device.type == "cpu":
        torch.set_num_threads(1)
    model = BertModel.from_pretrained(
        options.model, attn_implementation="eager", add_pooling_layer=False, torch_dtype=torch.float32
    )
    model = model.to(device).eval()
    adapter = torch.cuda.get_device_name(device) if device.type == "cuda" else "1 thread"

    runs = []
    with torch.inference_mode():
        for tokens in options.tokens:
            ids = torch.tensor([[CLS, *range(2000, 2000 + tokens - 1)]], device=device)
            types = torch.zeros_like(ids)
            mask = torch.ones_like(ids)

            def on_device():
                return model(ids, attention_mask=mask, token_type_ids=types, output_attentions=True)

            def on_host():
                output = on_device()
                # One copy, not one a layer.
                return torch.stack(output.attentions).cpu(), output.last_hidden_state.cpu()

            attention, _ = on_host()
            sums = attention.sum(-1)
            if not torch.allclose(sums, torch.ones_like(sums), atol=1e-3):
                sys.exit(f"{tokens} tokens: the rows of attention do not sum to 1")
            row = {
                "model": options.model.name,
                "backend": f"pytorch {torch.__version__}" + (" tf32" if options.tf32 else ""),
                "adapter": adapter,
                "tokens": tokens,
                "on_device": summary(milliseconds(on_device, device, options.runs)),
                "on_host": summary(milliseconds(on_host, device, options.runs)),
            }
            runs.append(row)
            print(
                f"{tokens:4} tokens on {adapter}: {row['on_device']['median_ms']:.2f} ms, "
                f"{row['on_host']['median_ms']:.2f} ms with the results on the host"
            )
    if options.out:
        options.out.write_text(json.dumps({"runs": runs}, indent=2) + "\n")


if __name__ == "__main__":
    main()
