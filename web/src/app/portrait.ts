/** Pictures of people and groups. They are not encrypted: whoever knows the address sees them. */

import { client } from './api.ts';

const SIDE = 320;

/** Cuts the middle square out of a picture, makes it small, uploads it and answers its address. */
export async function uploadPortrait(file: File): Promise<string> {
  const picture = await createImageBitmap(file);
  const side = Math.min(picture.width, picture.height);
  const canvas = new OffscreenCanvas(SIDE, SIDE);
  canvas
    .getContext('2d')
    ?.drawImage(picture, (picture.width - side) / 2, (picture.height - side) / 2, side, side, 0, 0, SIDE, SIDE);
  picture.close();
  // Drawn anew, it has none of what cameras write into files: places, times, names.
  const small = await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.86 });
  const { fileUrl } = await client().uploads.upload(small, { fileName: 'picture.jpg', contentType: 'image/jpeg' });
  return fileUrl;
}
