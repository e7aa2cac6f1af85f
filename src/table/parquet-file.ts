/** A Parquet file that is written a row group at a time, and is there once it is whole. */
import type { ColumnChunk } from 'hyparquet';
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import { writePageHeader } from 'hyparquet-writer/src/datapage.js';
import { snappyCompress } from 'hyparquet-writer/src/snappy.js';
import { openOutputFile } from '../capture/write/output-file.ts';
import type { Column, EncodedColumn } from './column.ts';
import { PageBytes, writeHybrid } from './page-bytes.ts';

export interface ParquetFile {
  /** Writes the columns' first rows as a row group. @throws {CaptureError} if it can't be written */
  group(columns: readonly Column[], rows: number): void;
  /** Puts the file in place. */
  finish(): void;
  /** Leaves nothing behind. */
  discard(): void;
}

/**
 * @param columns of any of its row groups
 * @param metadata keys and values that stand in it
 * @throws {CaptureError} if it can't be written to
 */
export function openParquetFile(
  path: string,
  columns: readonly Column[],
  metadata: Readonly<Record<string, string>>,
): ParquetFile {
  const file = openOutputFile(path, false);
  const out = new ByteWriter();
  const parquet = new ParquetWriter({
    writer: out,
    schema: [{ name: 'root', num_children: columns.length }, ...columns.map(({ element }) => element)],
    kvMetadata: Object.entries(metadata).map(([key, value]) => ({ key, value })),
    createdBy: 'tunnelscope',
  });

  function flush(): void {
    file.write(out.getBytes());
    out.index = 0;
  }

  return {
    group(filled, rows) {
      const start = out.offset;
      const chunks = filled.map((column) => writeChunk(out, column, rows));
      parquet.num_rows += BigInt(rows);
      parquet.row_groups.push({
        columns: chunks,
        total_byte_size: chunks.reduce(
          (sum, one) => sum + (one.meta_data?.total_uncompressed_size ?? 0n),
          0n,
        ),
        num_rows: BigInt(rows),
        total_compressed_size: BigInt(out.offset - start),
      });
      flush();
    },
    finish() {
      parquet.finish();
      flush();
      file.finish();
    },
    discard: file.discard,
  };
}

const levels = new PageBytes();

function writeChunk(out: ByteWriter, column: Column, rows: number): ColumnChunk {
  const { element, present } = column;
  const start = out.offset;
  const encoded = column.encode(rows);
  const hasDictionary = encoded.dictionary !== undefined && encoded.dictionaryCount > 0;
  let plain = hasDictionary ? writeDictionary(out, encoded) : 0;
  const dataStart = out.offset;
  const nulls = rows - column.valuesIn(rows);
  levels.clear();
  if (nulls > 0 && nulls < rows) writeHybrid(levels, present, rows, 1);
  else {
    levels.varint(rows * 2);
    levels.byte(nulls === 0 ? 1 : 0);
  }
  const values = nulls === rows ? new Uint8Array() : encoded.values.bytes();
  const encoding = nulls === rows ? 'PLAIN' : encoded.encoding;
  const packed = snappyCompress(values);
  const length = levels.length + values.length;
  writePageHeader(out, {
    type: 'DATA_PAGE_V2',
    uncompressed_page_size: length,
    compressed_page_size: levels.length + packed.length,
    data_page_header_v2: {
      num_values: rows,
      num_nulls: nulls,
      num_rows: rows,
      encoding,
      definition_levels_byte_length: levels.length,
      repetition_levels_byte_length: 0,
      is_compressed: true,
    },
  });
  plain += out.offset - dataStart + length;
  out.appendBytes(levels.bytes());
  out.appendBytes(packed);
  const { min, max } = encoded;
  return {
    file_offset: BigInt(start),
    meta_data: {
      type: element.type ?? 'INT32',
      encodings: ['RLE', ...(hasDictionary ? (['PLAIN'] as const) : []), encoding],
      path_in_schema: [element.name],
      codec: 'SNAPPY',
      num_values: BigInt(rows),
      total_compressed_size: BigInt(out.offset - start),
      total_uncompressed_size: BigInt(plain),
      data_page_offset: BigInt(dataStart),
      ...(hasDictionary && { dictionary_page_offset: BigInt(start) }),
      statistics: {
        null_count: BigInt(nulls),
        ...(min !== undefined && { min_value: min }),
        ...(max !== undefined && { max_value: max }),
      },
    },
  };
}

/** @returns its length uncompressed, with its header */
function writeDictionary(out: ByteWriter, { dictionary, dictionaryCount }: EncodedColumn): number {
  const start = out.offset;
  const bytes = dictionary?.bytes() ?? new Uint8Array();
  const packed = snappyCompress(bytes);
  writePageHeader(out, {
    type: 'DICTIONARY_PAGE',
    uncompressed_page_size: bytes.length,
    compressed_page_size: packed.length,
    dictionary_page_header: { num_values: dictionaryCount, encoding: 'PLAIN' },
  });
  const length = out.offset - start + bytes.length;
  out.appendBytes(packed);
  return length;
}
