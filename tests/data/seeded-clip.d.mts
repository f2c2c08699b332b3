/** Writes vision_model.onnx and text_model.onnx into the folder, which is made. */
export function writeSeededClip(folder: string, layers?: number): void
