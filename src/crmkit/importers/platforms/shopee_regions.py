"""Shopee's column names in the languages of one country each: Thai, Vietnamese, Chinese of Taiwan, Portuguese."""

from __future__ import annotations

from crmkit.importers.platforms.shopee_columns import Language

__all__ = ["BRAZILIAN", "TAIWANESE", "THAI", "VIETNAMESE"]

THAI = Language(
    code="th",
    country="TH",
    names={
        "number": "หมายเลขคำสั่งซื้อ",
        "status": "สถานะการสั่งซื้อ",
        "account": "ชื่อผู้ใช้ (ผู้ซื้อ)",
        "close_reason": "เหตุผลในการยกเลิกคำสั่งซื้อ",
        "return_status": "สถานะการคืนเงินหรือคืนสินค้า",
        "arranged_at": "เวลาส่งสินค้า",
        "placed_at": "วันที่ทำการสั่งซื้อ",
        "paid_at": "เวลาการชำระสินค้า",
        "completed_at": "เวลาที่ทำการสั่งซื้อสำเร็จ",
        "parent": "เลขอ้างอิง Parent SKU",
        "title": "ชื่อสินค้า",
        "sku": "เลขอ้างอิง SKU (SKU Reference No.)",
        "variant": "ชื่อตัวเลือก",
        "price": "ราคาขาย",
        "quantity": "จำนวน",
        "returned": "จำนวนที่ส่งคืน | Returned quantity",
        "subtotal": "ราคาขายสุทธิ",
        "seller_voucher": "โค้ดส่วนลดชำระโดยผู้ขาย",
        "shopee_voucher": "โค้ดส่วนลดชำระโดย Shopee (เช่น โค้ดจากโปรแกรม ร้านโค้ดคุ้ม, โค้ดส่วนลด Shopee, โค้ดส่วนลด "
        "Shopee Mall) | โค้ดส่วนลดชำระโดย Shopee",
        "seller_bundle": "ส่วนลด bundle deal ชำระโดยผู้ขาย",
        "shopee_bundle": "ส่วนลด bundle deal ชำระโดย Shopee",
        "coins": "ส่วนลดจากการใช้เหรียญ",
        "card": "โปรโมชั่นช่องทางชำระเงินทั้งหมด | ส่วนลดทั้งหมดจากบัตรเครดิต",
        "trade_in": "ส่วนลดเครื่องเก่าแลกใหม่",
        "goods": "ราคาสินค้าที่ชำระโดยผู้ซื้อ (THB)",
        "shipping": "ค่าจัดส่งที่ชำระโดยผู้ซื้อ",
        "total": "จำนวนเงินทั้งหมด",
        "buyer_note": "หมายเหตุจากผู้ซื้อ",
        "remark": "บันทึก",
        "recipient_name": "ชื่อผู้รับ",
        "recipient_phone": "หมายเลขโทรศัพท์",
        "address": "ที่อยู่ในการจัดส่ง",
        "province": "จังหวัด",
        "district": "เขต/อำเภอ",
        "country": "ประเทศ",
        "postcode": "รหัสไปรษณีย์",
    },
    ignored="Hot Listing | ช่องทางการชำระเงิน | ช่องทางการชำระเงิน (รายละเอียด) | แผนการผ่อนชำระ | ค่าธรรมเนียม (%)"
    " | ตัวเลือกการจัดส่ง | วิธีการจัดส่ง | หมายเลขติดตามพัสดุ | วันที่คาดว่าจะทำการจัดส่งสินค้า | ราคาตั้งต้น"
    " | ส่วนลดจาก Shopee | โค้ด Coins Cashback | โค้ด Coins Cashback ชำระโดยผู้ขาย | โค้ดส่วนลด"
    " | เข้าร่วมแคมเปญ bundle deal หรือไม่ | โบนัสส่วนลดเครื่องเก่าแลกใหม่ | ค่าคอมมิชชั่น | Transaction Fee"
    " | ค่าจัดส่งที่ Shopee ออกให้โดยประมาณ | ค่าจัดส่งสินค้าคืน | ค่าบริการ | ค่าจัดส่งโดยประมาณ"
    " | โบนัสส่วนลดเครื่องเก่าแลกใหม่จากผู้ขาย | ประเภทคำสั่งซื้อ",
)

VIETNAMESE = Language(
    code="vn",
    country="VN",
    groups=True,
    names={
        "number": "Mã đơn hàng",
        "status": "Trạng Thái Đơn Hàng",
        "account": "Người Mua",
        "close_reason": "Lý do hủy",
        "return_status": "Trạng thái Trả hàng/Hoàn tiền | Tình trạng Trả hàng / Hoàn tiền",
        "arranged_at": "Thời gian giao hàng",
        "placed_at": "Ngày đặt hàng",
        "paid_at": "Thời gian đơn hàng được thanh toán",
        "completed_at": "Thời gian hoàn thành đơn hàng",
        "cancelled_at": "Ngày hủy thành công",
        "parent": "SKU sản phẩm",
        "title": "Tên sản phẩm",
        "sku": "SKU phân loại hàng",
        "variant": "Tên phân loại hàng",
        "price": "Giá ưu đãi",
        "quantity": "Số lượng",
        "returned": "Số lượng sản phẩm được hoàn trả",
        "subtotal": "Tổng giá bán (sản phẩm)",
        "seller_voucher": "Mã giảm giá của Shop",
        "shopee_voucher": "Mã giảm giá của Shopee",
        "shopee_bundle": "Giảm giá từ combo Shopee",
        "seller_bundle": "Giảm giá từ Combo của Shop",
        "coins": "Shopee Xu được hoàn",
        "card": "Số tiền được giảm khi thanh toán bằng thẻ Ghi nợ",
        "trade_in": "Trade-in Discount",
        "shipping": "Phí vận chuyển mà người mua trả",
        "paid_for_order": "Tổng số tiền người mua thanh toán",
        "paid_for_line": "Tổng số tiền Người mua thanh toán",
        "buyer_note": "Nhận xét từ Người mua",
        "remark": "Ghi chú",
        "recipient_name": "Tên Người nhận",
        "recipient_phone": "Số điện thoại",
        "address": "Địa chỉ nhận hàng",
        "province": "Tỉnh/Thành phố",
        "city": "TP / Quận / Huyện",
        "district": "Quận",
        "country": "Quốc gia",
    },
    ignored="Mã Kiện Hàng | Loại đơn hàng | Đơn Vị Vận Chuyển | Phương thức giao hàng | Ngày giao hàng dự kiến"
    " | Ngày gửi hàng | Mã vận đơn | Cân nặng sản phẩm | Tổng cân nặng | Giá gốc | Người bán trợ giá"
    " | Được Shopee trợ giá | Tổng số tiền được người bán trợ giá | Tổng giá trị đơn hàng (VND) | Hoàn Xu"
    " | Chỉ tiêu Combo Khuyến Mãi | Phí vận chuyển (dự kiến) | Phương thức thanh toán | Phí cố định | Phí Dịch Vụ"
    " | Phí giao dịch | Phí thanh toán | Tiền ký quỹ | Trade-in Bonus | Phí trả hàng"
    " | Phí vận chuyển tài trợ bởi Shopee (dự kiến) | Phí vận chuyển trả hàng (đơn Trả hàng/hoàn tiền)",
)

TAIWANESE = Language(
    code="tw",
    country="TW",
    names={
        "number": "訂單編號",
        "status": "訂單狀態",
        "account": "買家帳號",
        "close_reason": "不成立原因",
        "return_status": "退貨 / 退款狀態",
        "placed_at": "訂單成立日期",
        "paid_at": "買家付款時間",
        "arranged_at": "實際出貨時間",
        "completed_at": "訂單完成時間",
        "goods_told": "商品總價",
        "shipping": "買家支付運費",
        "total": "買家總支付金額",
        "coins": "蝦幣折抵",
        "card": "銀行信用卡活動折抵",
        "seller_voucher": "賣場優惠券 | 賣家負擔優惠券",
        "shopee_voucher": "優惠券 | 蝦皮負擔優惠券",
        "title": "商品名稱",
        "variant": "商品選項名稱",
        "product_id": "商品ID",
        "price": "商品活動價格",
        "parent": "主商品貨號",
        "sku": "商品選項貨號",
        "quantity": "數量",
        "returned": "退貨數量",
        "address": "收件地址",
        "recipient_name": "收件者姓名",
        "recipient_phone": "收件者電話",
        "city": "城市",
        "district": "行政區",
        "postcode": "郵遞區號",
        "buyer_note": "買家備註",
        "remark": "備註",
    },
    ignored="蝦皮補助運費 | 退貨運費 | 蝦皮補貼金額 | 優惠代碼 | 賣家蝦幣回饋券 | 賣家負擔蝦幣回饋券 | 成交手續費"
    " | 其他服務費 | 金流與系統處理費 | 分期付款期數 | 金流處理費率 | 金流與系統處理費率 | 成交手續費規則名稱"
    " | 商品原價 | 規格ID | 促銷組合指標 | 蝦皮促銷組合折扣:促銷組合標籤 | 蝦皮專線和包裹查詢碼 | 取件門市店號"
    " | 寄送方式 | 出貨方式 | 備貨時間 | 付款方式 | 最晚出貨日期 | 包裹查詢號碼",
    suffixes=("", "(單)", "(品)"),
    are_all_suffixed=True,
)

BRAZILIAN = Language(
    code="br",
    country="BR",
    names={
        "number": "ID do pedido",
        "status": "Status do pedido",
        "account": "Nome de usuário (comprador)",
        "close_reason": "Cancelar Motivo",
        "return_status": "Status da Devolução / Reembolso",
        "placed_at": "Data de criação do pedido",
        "paid_at": "Hora do pagamento do pedido",
        "arranged_at": "Tempo de Envio",
        "delivered_at": "Domestic Delivered Date",
        "completed_at": "Hora completa do pedido",
        "cancelled_at": "Data da Finalização do Cancelamento",
        "parent": "Nº de referência do SKU principal",
        "title": "Nome do Produto",
        "sku": "Número de referência SKU",
        "variant": "Nome da variação",
        "price": "Preço acordado",
        "quantity": "Quantidade",
        "returned": "Returned quantity",
        "subtotal": "Subtotal do produto",
        "seller_voucher": "Cupom do vendedor",
        "shopee_voucher": "Cupom Shopee | Cupom",
        "shopee_bundle": "Desconto Shopee da Leve Mais por Menos",
        "seller_bundle": "Desconto da Leve Mais por Menos do vendedor",
        "coins": "Compensar Moedas Shopee",
        "card": "Total descontado Cartão de Crédito",
        "pix": "Ajuste por pagamento via PIX",
        "shipping": "Taxa de envio pagas pelo comprador",
        "total": "Valor Total",
        "recipient_name": "Nome do destinatário",
        "recipient_phone": "Telefone",
        "address": "Endereço de entrega",
        "district": "Bairro",
        "city": "Cidade",
        "province": "UF",
        "country": "País",
        "postcode": "CEP",
        "buyer_note": "Observação do comprador",
        "remark": "Nota",
    },
    ignored="Hot Listing | Número de rastreamento | Opção de envio | Método de envio | Data prevista de envio"
    " | Pedido FBS | Shopee Owned | Preço original | Desconto do vendedor | Incentivo Shopee para ação comercial"
    " | Ajuste por participação em ação comercial | Reembolso Shopee | Peso total SKU | Número de produtos pedidos"
    " | Peso total do pedido | Código do Cupom | Coin Cashback Voucher Amount Sponsored by Seller | Incentivo de cupom"
    " | Seller Absorbed Coin Cashback | Indicador da Leve Mais por Menos | Desconto de Frete Aproximado"
    " | Taxa de Envio Reversa | Taxa de transação | Taxa de comissão | Taxa de comissão bruta"
    " | Taxa de comissão líquida | Taxa de serviço | Taxa de serviço bruta | Taxa de serviço líquida | Total global"
    " | Valor estimado do frete",
)
