import { imageSize } from 'image-size'
import { type Metadata, readMetadata } from './metadata.ts'

/** What can be told of a picture's file without decoding it. */
export interface PictureDetails extends Metadata {
  /** As it shows, pixels; 0 where the file does not say. */
  width: number
  height: number
  /** It says where it was taken. */
  hasLocation: boolean
}

export interface MetadataWanted {
  /** Where it was taken. */
  gps: boolean
  /** All that the file says of itself. */
  all: boolean
}

/** Nothing private is in it unless it is wanted. */
export function readDetails(bytes: Uint8Array, wanted: MetadataWanted): PictureDetails {
  const { location, ...metadata } = readMetadata(bytes, wanted)
  const details = { ...sizeOf(bytes), ...metadata, hasLocation: location !== undefined }
  return (wanted.gps || wanted.all) && location ? { ...details, location } : details
}

function sizeOf(bytes: Uint8Array): { width: number; height: number } {
  try {
    const { width, height, orientation = 1 } = imageSize(bytes)
    return orientation > 4 ? { width: height, height: width } : { width, height }
  } catch {
    return { width: 0, height: 0 }
  }
}
